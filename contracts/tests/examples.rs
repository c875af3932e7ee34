//! Examples are complete, valid by the published schemas in the view of their direction, and plainly no secrets.

use std::collections::BTreeSet;

use contracts::codes;
use contracts::documents::{self, Document, SERVICES, Service};
use contracts::endpoint::BodyFormat;
use contracts::operation::Operation;
use serde_json::{Map, Value, json};

/// The documents of one service.
struct Published {
    files: Vec<Document>,
    openapi: Value,
}

fn published(service: &Service) -> Published {
    let files = documents::generate().expect("documents");
    let text = |path: &str| &files.iter().find(|file| file.path == path).expect("a document").text;
    let openapi = serde_json::from_str(text(&format!("{}/openapi.json", service.name))).expect("JSON");
    Published { files, openapi }
}

impl Published {
    fn operation(&self, operation: &Operation) -> &Value {
        &self.openapi["paths"][operation.info.path][operation.info.method.as_str().to_lowercase()]
    }

    /// The first breach of `schema`, which may refer to components.
    fn breach(&self, schema: &Value, value: &Value) -> Option<String> {
        let root = json!({"allOf": [schema], "components": {"schemas": self.openapi["components"]["schemas"]}});
        breach(&root, value)
    }
}

fn breach(schema: &Value, value: &Value) -> Option<String> {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).expect("a schema");
    let error = validator.iter_errors(value).next();
    error.map(|error| format!("{error} at {}: {value}", error.instance_path()))
}

/// Values of `examples` by name.
fn values(container: &Value) -> Map<String, Value> {
    let all = container["examples"].as_object().cloned().unwrap_or_default();
    all.into_iter().map(|(name, example)| (name, example["value"].clone())).collect()
}

/// Runs `check` on every operation of every service.
fn for_each_operation(check: impl Fn(&Published, &Operation, &str)) {
    for service in &SERVICES {
        let published = published(service);
        for operation in service.all_operations() {
            check(&published, operation, &format!("{} {}", service.name, operation.info.id));
        }
    }
}

#[test]
fn every_example_has_all_parts_of_its_request() {
    for_each_operation(|published, operation, id| {
        let names: Vec<_> = operation.examples().iter().map(|example| example.name).collect();
        assert!(names.is_sorted_by(|one, other| one < other), "{id}: documents sort {names:?}, and show the first");
        for example in operation.examples() {
            let id = format!("{id} {}", example.name);
            assert!(!example.summary.is_empty(), "{id}");
            for parameter in published.operation(operation)["parameters"].as_array().expect("parameters") {
                let name = parameter["name"].as_str().unwrap_or_default();
                let part = if parameter["in"] == "path" { &example.path } else { &example.query };
                assert!(parameter["required"] != true || part.contains_key(name), "{id}: {name} is missing");
            }
            let needs_body = matches!(operation.body_format, BodyFormat::Json | BodyFormat::Form);
            assert!(!needs_body || example.body.is_some(), "{id}: the body is missing");
        }
    });
}

#[test]
fn every_part_of_a_request_is_shown_and_valid_by_the_input_view() {
    for_each_operation(|published, operation, id| {
        let documented = published.operation(operation);
        for parameter in documented["parameters"].as_array().expect("parameters") {
            for (name, value) in values(parameter) {
                let breach = published.breach(&parameter["schema"], &value);
                assert_eq!(breach, None, "{id} {name}: {}", parameter["name"]);
            }
        }
        let given: BTreeSet<_> = operation
            .examples()
            .iter()
            .filter(|example| example.body.is_some())
            .map(|one| one.name.to_owned())
            .collect();
        for (media_type, media) in documented["requestBody"]["content"].as_object().into_iter().flatten() {
            let shown = values(media);
            assert_eq!(shown.keys().cloned().collect::<BTreeSet<_>>(), given, "{id} {media_type}");
            for (name, value) in shown {
                assert_eq!(published.breach(&media["schema"], &value), None, "{id} {name}");
            }
        }
    });
}

#[test]
fn every_success_is_shown_and_valid_by_the_output_view() {
    for_each_operation(|published, operation, id| {
        let response = &published.operation(operation)["responses"][operation.info.success.to_string()];
        let names: BTreeSet<_> = operation.examples().iter().map(|example| example.name.to_owned()).collect();
        for (media_type, media) in response["content"].as_object().into_iter().flatten() {
            let shown = values(media);
            assert_eq!(shown.keys().cloned().collect::<BTreeSet<_>>(), names, "{id} {media_type}");
            for (name, value) in shown {
                assert_eq!(published.breach(&media["schema"], &value), None, "{id} {name}");
            }
        }
    });
}

/// Example, and the file of the schema that it must fit.
fn bodies(published: &Published, operation: &Operation) -> Vec<(Value, String)> {
    let documented = published.operation(operation);
    let success = &documented["responses"][operation.info.success.to_string()];
    let media = [&documented["requestBody"]["content"], &success["content"]];
    let media = media.into_iter().filter_map(|content| content.as_object()).flat_map(|content| content.values());
    let named = media.filter_map(|media| {
        let name = media["schema"]["$ref"].as_str()?.rsplit('/').next()?;
        Some((name.to_owned(), values(media)))
    });
    named.flat_map(|(name, values)| values.into_values().map(move |value| (value, name.clone()))).collect()
}

#[test]
fn every_body_fits_its_schema_file() {
    for_each_operation(|published, operation, id| {
        for (value, name) in bodies(published, operation) {
            let file = published.files.iter().find(|file| {
                let schema: Value = serde_json::from_str(&file.text).expect("JSON");
                file.path.ends_with(".schema.json") && schema["title"] == name
            });
            let file = file.unwrap_or_else(|| panic!("{id}: no schema file of {name}"));
            let schema = serde_json::from_str(&file.text).expect("JSON");
            assert_eq!(breach(&schema, &value), None, "{id} by {}", file.path);
        }
    });
}

fn is_problem_of(code: &str, problem: &Value) {
    let code = codes::ALL.iter().find(|known| known.code == code).unwrap_or_else(|| panic!("no code {code}"));
    let expected = json!([code.code, code.status, code.title, code.type_uri()]);
    assert_eq!(json!([problem["code"], problem["status"], problem["title"], problem["type"]]), expected);
}

#[test]
fn every_problem_that_an_operation_may_answer_is_shown_under_its_code() {
    for_each_operation(|published, operation, id| {
        for (status, response) in published.operation(operation)["responses"].as_object().expect("responses") {
            let target = |value: &Value| value["$ref"].as_str().map(|target| target.trim_start_matches('#').to_owned());
            let resolve = |value: &Value| match target(value) {
                Some(pointer) => published.openapi.pointer(&pointer).expect("a target").clone(),
                None => value.clone(),
            };
            let response = resolve(response);
            let media = &response["content"]["application/problem+json"];
            let allowed = media["schema"]["properties"]["code"]["enum"].as_array();
            let allowed: BTreeSet<_> = allowed.into_iter().flatten().filter_map(Value::as_str).collect();
            let shown = media["examples"].as_object().cloned().unwrap_or_default();
            assert_eq!(shown.keys().map(String::as_str).collect::<BTreeSet<_>>(), allowed, "{id} {status}");
            for (code, example) in shown {
                let problem = resolve(&example)["value"].clone();
                is_problem_of(&code, &problem);
                assert_eq!(published.breach(&media["schema"], &problem), None, "{id} {code}");
            }
        }
    });
}

#[test]
fn every_code_of_the_catalogue_has_an_example() {
    let published = published(&SERVICES[0]);
    let catalogue = published.files.iter().find(|file| file.path == "codes.json").expect("the catalogue");
    let catalogue: Value = serde_json::from_str(&catalogue.text).expect("JSON");
    let entries = catalogue["codes"].as_array().expect("codes");
    assert_eq!(entries.len(), codes::ALL.len());
    for entry in entries {
        is_problem_of(entry["code"].as_str().expect("a code"), &entry["example"]);
        let schema = json!({"$ref": "#/components/schemas/Problem"});
        assert_eq!(published.breach(&schema, &entry["example"]), None, "{}", entry["code"]);
    }
}

/// Paths of the texts in fields that hold secrets.
fn secrets(value: &Value, place: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let is_secret = ["password", "token", "secret", "ticket", "known_device", "callback", "assess_id"]
                    .iter()
                    .any(|word| name.contains(word) && name != "token_type");
                match field {
                    Value::String(text) if is_secret => found.push((format!("{place}/{name}"), text.clone())),
                    _ => secrets(field, &format!("{place}/{name}"), found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| secrets(item, place, found)),
        _ => {}
    }
}

#[test]
fn secrets_of_examples_are_plainly_none() {
    let mut found = Vec::new();
    for operation in SERVICES.iter().flat_map(Service::all_operations) {
        for example in operation.examples() {
            let parts = json!([example.query, example.body, example.output]);
            secrets(&parts, operation.info.id, &mut found);
        }
    }
    assert!(found.len() > 20, "{}", found.len());
    for (place, text) in found {
        assert!(text.contains("example"), "{place}: {text}");
    }
}
