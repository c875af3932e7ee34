//! Published files are what the code says. After an intended change run `cargo run -p contracts -- export` and review the
//! difference.

use std::collections::BTreeSet;
use std::path::Path;

use contracts::documents::{self, SERVICES};
use contracts::endpoint::BodyFormat;
use contracts::published;
use serde_json::Value;

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn openapi(service: &str) -> Value {
    let documents = documents::generate().expect("documents");
    let document = documents.iter().find(|document| document.path == format!("{service}/openapi.json"));
    serde_json::from_str(&document.expect("a document").text).expect("JSON")
}

#[test]
fn the_published_files_are_what_the_code_says() {
    let documents = documents::generate().expect("documents");
    let stale = documents::stale(&crate_folder().join("published").join(documents::VERSION), &documents);
    assert_eq!(stale, [""; 0], "run `cargo run -p contracts -- export`");
}

#[test]
fn every_published_file_is_embedded() {
    let documents = documents::generate().expect("documents");
    let source = std::fs::read_to_string(crate_folder().join("src/published.rs")).expect("the source");
    assert!(source == documents::listing(&documents), "run `cargo run -p contracts -- export`");
    let embedded = [published::AUTH, published::MOVIES, published::CAPTCHA].concat();
    assert_eq!(embedded.len() + 1, documents.len());
    for (name, text) in embedded {
        assert!(documents.iter().any(|document| document.path.ends_with(name) && document.text == *text), "{name}");
    }
}

#[test]
fn each_service_documents_exactly_its_registry() {
    for service in &SERVICES {
        let document = openapi(service.name);
        let mut documented = BTreeSet::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                let id = operation["operationId"].as_str().expect("an id").to_owned();
                documented.insert((method.to_uppercase(), path.clone(), id));
            }
        }
        let registered: BTreeSet<_> = service
            .all_operations()
            .map(|operation| &operation.info)
            .map(|info| (info.method.as_str().to_owned(), info.path.to_owned(), info.id.to_owned()))
            .collect();
        assert_eq!(documented, registered, "{}", service.name);
    }
}

#[test]
fn every_reference_of_a_document_has_a_target() {
    for document in documents::generate().expect("documents") {
        let root: Value = serde_json::from_str(&document.text).expect("JSON");
        let mut open = vec![&root];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(reference)) = fields.get("$ref") {
                        let pointer = reference.strip_prefix('#').expect("a local reference");
                        assert!(root.pointer(pointer).is_some(), "{}: {reference}", document.path);
                    }
                    open.extend(fields.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
    }
}

/// Schemas that `value` refers to, directly or by way of others, by name.
fn reachable<'d>(document: &'d Value, value: &'d Value, found: &mut BTreeSet<&'d str>) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(|target| target.as_str()?.strip_prefix("#/components/schemas/"));
            if let Some(name) = name.filter(|name| found.insert(name)) {
                reachable(document, &document["components"]["schemas"][name], found);
            }
            fields.values().for_each(|value| reachable(document, value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| reachable(document, value, found)),
        _ => {}
    }
}

#[test]
fn requests_are_closed_and_responses_are_open() {
    for service in &SERVICES {
        let document = openapi(service.name);
        let schemas = &document["components"]["schemas"];
        let operations = document["paths"].as_object().expect("paths").values();
        let mut sent = BTreeSet::new();
        for operation in operations.flat_map(|item| item.as_object().expect("operations").values()) {
            reachable(&document, &operation["responses"], &mut sent);
        }
        assert!(sent.len() > 5, "{}: {sent:?}", service.name);
        for name in sent {
            assert!(!schemas[name].to_string().contains("\"additionalProperties\":false"), "{} {name}", service.name);
        }
    }
    assert_eq!(openapi("auth")["components"]["schemas"]["LogInRequest"]["additionalProperties"], false);
    assert_eq!(openapi("auth")["components"]["schemas"]["DeviceInput"]["additionalProperties"], false);
}

#[test]
fn lengths_count_characters_as_json_schema_does() {
    let mut open = vec![crate_folder().join("src")];
    let mut files = 0;
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let source = std::fs::read_to_string(&path).expect("a source");
                assert!(!source.contains("length(bytes"), "{}: use `length(chars, …)`", path.display());
                files += 1;
            }
        }
    }
    assert!(files > 40, "{files}");
}

#[test]
fn every_operation_takes_the_media_types_of_its_body_format() {
    let (json, form) = ("application/json", "application/x-www-form-urlencoded");
    for service in &SERVICES {
        let document = openapi(service.name);
        for operation in service.all_operations() {
            let documented = &document["paths"][operation.info.path][operation.info.method.as_str().to_lowercase()];
            let content = documented["requestBody"]["content"].as_object();
            let types: Vec<&str> = content.into_iter().flatten().map(|(kind, _)| kind.as_str()).collect();
            let expected: &[&str] = match operation.body_format {
                BodyFormat::None => &[],
                BodyFormat::Json => &[json],
                BodyFormat::Form => &[form],
                BodyFormat::FormOrJson => &[json, form, "multipart/form-data"],
            };
            assert_eq!(types, expected, "{} {}", service.name, operation.info.id);
        }
    }
}

#[test]
fn schema_files_are_the_bodies_of_requests_and_successes_and_nothing_else() {
    let documents = documents::generate().expect("documents");
    for service in &SERVICES {
        let document = openapi(service.name);
        let mut named = BTreeSet::from(["Problem".to_owned()]);
        for operation in service.all_operations() {
            let documented = &document["paths"][operation.info.path][operation.info.method.as_str().to_lowercase()];
            let success = &documented["responses"][operation.info.success.to_string()];
            for content in [&documented["requestBody"]["content"], &success["content"]] {
                for media in content.as_object().into_iter().flatten().map(|(_, media)| media) {
                    let target = media["schema"]["$ref"].as_str().expect("a named schema");
                    named.insert(target.trim_start_matches("#/components/schemas/").to_owned());
                }
            }
        }
        let prefix = format!("{}/", service.name);
        let files =
            documents.iter().filter(|file| file.path.starts_with(&prefix) && file.path.ends_with(".schema.json"));
        let titles: BTreeSet<String> = files
            .filter(|file| file.path != "movies/film-record.schema.json") // read from files, not over HTTP
            .map(|file| {
                serde_json::from_str::<Value>(&file.text).expect("JSON")["title"].as_str().expect("a title").to_owned()
            })
            .collect();
        assert_eq!(titles, named, "{}", service.name);
    }
}

#[test]
fn a_type_that_is_read_and_sent_has_two_views_where_they_differ() {
    let document = openapi("auth");
    let schemas = &document["components"]["schemas"];
    let device = |name: &str| schemas[name]["required"].as_array().map_or(0, Vec::len);
    assert!(device("DeviceInput") < device("Device"), "defaults are optional in requests and present in responses");
    assert_eq!(schemas["LogInRequest"]["properties"]["device"]["$ref"], "#/components/schemas/DeviceInput");
}

#[test]
fn numbers_have_bounds_instead_of_formats_of_rust() {
    let documents = documents::generate().expect("documents");
    for document in documents {
        for format in ["uint8", "uint16", "uint32", "uint64", "int64", "float", "double"] {
            assert!(!document.text.contains(&format!("\"format\": \"{format}\"")), "{}: {format}", document.path);
        }
    }
}
