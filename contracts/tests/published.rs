//! Published files are what the code says. After an intended change run `cargo run -p contracts -- export` and review the
//! difference.

use std::collections::BTreeSet;
use std::path::Path;

use contracts::documents::{self, SERVICES};
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

#[test]
fn requests_are_closed_and_responses_are_open() {
    let document = openapi("auth");
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["LogInRequest"]["additionalProperties"], false);
    for (name, schema) in schemas.as_object().expect("schemas").iter().filter(|(name, _)| !is_request(name)) {
        assert!(schema.get("additionalProperties").is_none(), "{name}");
    }
}

fn is_request(name: &str) -> bool {
    ["Request", "Input", "Query"].iter().any(|end| name.ends_with(end))
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
