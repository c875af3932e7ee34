//! The rules of compatibility, proved on the published documents: each breaking rule applied to real places is reported,
//! each allowed change passes.

use std::collections::BTreeSet;

use contracts::compatibility::{Difference, Kind, compare_codes, compare_documents};
use contracts::published::{AUTH, CAPTCHA, CODES, MOVIES};
use serde_json::{Map, Value, json};

/// Places of one rule in one document.
const PLACES: usize = 2;

fn documents() -> Vec<Value> {
    let openapi = |published: &[(&str, &str)]| {
        let (_, text) = published.iter().find(|(name, _)| *name == "openapi.json").expect("a document");
        serde_json::from_str(text).expect("JSON")
    };
    [AUTH, MOVIES, CAPTCHA].map(openapi).to_vec()
}

/// Names of schemas that `value` refers to, directly or by way of others.
fn reachable(document: &Value, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(name) =
                fields.get("$ref").and_then(|target| target.as_str()?.strip_prefix("#/components/schemas/"))
                && found.insert(name.to_owned())
            {
                reachable(document, &document["components"]["schemas"][name], found);
            }
            fields.values().for_each(|value| reachable(document, value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| reachable(document, value, found)),
        _ => {}
    }
}

/// Pointers to the operations of a document.
fn operations(document: &Value) -> Vec<String> {
    let paths = document["paths"].as_object().expect("paths").iter();
    let verbs = paths.flat_map(|(path, item)| item.as_object().expect("verbs").keys().map(move |verb| (path, verb)));
    verbs.map(|(path, verb)| format!("/paths/{}/{verb}", path.replace('/', "~1"))).collect()
}

/// Pointers to the schemas of objects that stand only in requests, or only in responses.
fn objects(document: &Value, requests: bool) -> Vec<String> {
    let (mut sent, mut received) = (BTreeSet::new(), BTreeSet::new());
    for operation in operations(document) {
        let operation = document.pointer(&operation).expect("an operation");
        reachable(document, &operation["requestBody"], &mut received);
        reachable(document, &operation["parameters"], &mut received);
        for (status, response) in operation["responses"].as_object().expect("responses") {
            if status.starts_with('2') {
                reachable(document, response, &mut sent);
            }
        }
    }
    let (ours, others) = if requests { (&received, &sent) } else { (&sent, &received) };
    let names =
        ours.difference(others).filter(|name| document["components"]["schemas"][*name]["properties"].is_object());
    names.map(|name| format!("/components/schemas/{name}")).collect()
}

/// A rule: changes one place of a document, or says that it does not apply there.
type Rule = (&'static str, fn(&mut Value) -> Option<()>);

/// Applies each rule to some places of each document; `places` lists pointers.
fn mutations(rules: &[Rule], places: fn(&Value) -> Vec<String>) -> Vec<(String, Vec<Difference>)> {
    let mut results = Vec::new();
    for document in documents() {
        for (name, change) in rules {
            let mut applied = 0;
            for place in places(&document) {
                let before = document.pointer(&place).expect("a place");
                let mut after = before.clone();
                if change(&mut after).is_none() {
                    continue;
                }
                assert_ne!(after, *before, "{name} at {place} changes nothing");
                let mut mutated = document.clone();
                *mutated.pointer_mut(&place).expect("a place") = after;
                results.push((format!("{name} at {place}"), compare_documents(&document, &mutated)));
                applied += 1;
                if applied == PLACES {
                    break;
                }
            }
        }
    }
    for (name, _) in rules {
        assert!(results.iter().any(|(mutation, _)| mutation.starts_with(name)), "{name} applies nowhere");
    }
    results
}

fn first(object: &mut Value, keep: impl Fn(&Value) -> bool) -> Option<&mut Value> {
    object["properties"].as_object_mut()?.values_mut().find(|field| keep(field))
}

fn is_text(field: &Value) -> bool {
    field["type"] == "string" || field["type"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "string"))
}

fn set(value: &mut Value, key: &str, to: Value) -> Option<()> {
    let fields: &mut Map<String, Value> = value.as_object_mut()?;
    (fields.insert(key.to_owned(), to.clone()) != Some(to)).then_some(())
}

fn take(value: &mut Value, key: &str) -> Option<Value> {
    value.as_object_mut()?.remove(key)
}

fn request_objects(document: &Value) -> Vec<String> {
    objects(document, true)
}

fn response_objects(document: &Value) -> Vec<String> {
    objects(document, false)
}

fn require_first_optional(object: &mut Value) -> Option<()> {
    let required = object["required"].as_array().cloned().unwrap_or_default();
    let optional = object["properties"].as_object()?.keys().find(|name| !required.contains(&json!(name)))?.clone();
    set(object, "required", required.into_iter().chain([json!(optional)]).collect())
}

fn release_first_required(object: &mut Value) -> Option<()> {
    let mut required = object["required"].as_array()?.clone();
    required.pop()?;
    set(object, "required", Value::from(required))
}

fn remove_first_field(object: &mut Value) -> Option<()> {
    let name = object["properties"].as_object()?.keys().next()?.clone();
    if let Some(required) = object["required"].as_array_mut() {
        required.retain(|one| *one != json!(name));
    }
    take(&mut object["properties"], &name).map(drop)
}

fn success(operation: &mut Value) -> Option<&mut Value> {
    let responses = operation["responses"].as_object_mut()?;
    responses.iter_mut().find(|(status, _)| status.starts_with('2')).map(|(_, response)| response)
}

fn move_success(operation: &mut Value) -> Option<()> {
    let responses = operation["responses"].as_object_mut()?;
    let status = responses.keys().find(|status| status.starts_with('2'))?.clone();
    let response = responses.remove(&status)?;
    responses.insert("299".into(), response);
    Some(())
}

/// Codes of the first problem response that stands in the operation itself.
fn inline_codes(operation: &mut Value) -> Option<&mut Vec<Value>> {
    let responses = operation["responses"].as_object_mut()?;
    responses.values_mut().find_map(|response| {
        let pointer = "/content/application~1problem+json/schema/properties/code/enum";
        response.pointer_mut(pointer)?.as_array_mut()
    })
}

fn parameter(operation: &mut Value, keep: impl Fn(&Value) -> bool) -> Option<&mut Value> {
    operation["parameters"].as_array_mut()?.iter_mut().find(|one| one.get("name").is_some() && keep(one))
}

const BREAKING_IN_REQUESTS: &[Rule] = &[
    ("a field is removed", remove_first_field),
    ("an optional field is required", require_first_optional),
    ("a new field is required", |object| {
        object["properties"]["brand_new"] = json!({"type": "string"});
        let mut required = object["required"].as_array().cloned().unwrap_or_default();
        required.push(json!("brand_new"));
        set(object, "required", Value::from(required))
    }),
    ("a text is shorter", |object| set(first(object, |field| field["maxLength"].is_u64())?, "maxLength", json!(2))),
    ("a text is longer at least", |object| set(first(object, is_text)?, "minLength", json!(100))),
    ("a text has a pattern", |object| set(first(object, is_text)?, "pattern", json!("^x$"))),
    ("a text has a format", |object| {
        set(first(object, |f| is_text(f) && f["format"].is_null())?, "format", json!("ipv4"))
    }),
    ("a text is a number", |object| set(first(object, |field| field["type"] == "string")?, "type", json!("number"))),
    ("null is refused", |object| set(first(object, |field| field["type"].is_array())?, "type", json!("string"))),
    ("unknown fields are refused", |object| {
        object["additionalProperties"].is_null().then_some(())?;
        set(object, "additionalProperties", json!(false))
    }),
    ("a field is an enumeration", |object| set(first(object, is_text)?, "enum", json!(["one"]))),
];

const BREAKING_IN_RESPONSES: &[Rule] = &[
    ("a field is removed", remove_first_field),
    ("a required field is optional", release_first_required),
    ("null is new", |object| set(first(object, |field| field["type"] == "string")?, "type", json!(["string", "null"]))),
    ("a text is a number", |object| set(first(object, |field| field["type"] == "string")?, "type", json!("number"))),
    ("a text is anything", |object| take(first(object, |field| field["type"] == "string")?, "type").map(drop)),
    ("a number is larger", |object| {
        set(first(object, |field| field["maximum"].is_u64())?, "maximum", json!(99_999_999_999_999_999_u64))
    }),
    ("a number has no bound", |object| take(first(object, |field| field["minimum"].is_u64())?, "minimum").map(drop)),
    ("a format is dropped", |object| take(first(object, |field| field["format"].is_string())?, "format").map(drop)),
    ("a list is an object", |object| set(first(object, |field| field["type"] == "array")?, "type", json!("object"))),
];

const BREAKING_IN_OPERATIONS: &[Rule] = &[
    ("it is renamed", |operation| set(operation, "operationId", json!("another_name"))),
    ("it needs a token", |operation| {
        operation["security"].as_array()?.is_empty().then_some(())?;
        set(operation, "security", json!([{"access_token": []}]))
    }),
    ("it needs a scope", |operation| {
        set(operation["security"].as_array_mut()?.last_mut()?, "access_token", json!(["films:write"]))
    }),
    ("it needs a second scheme", |operation| {
        set(operation["security"].as_array_mut()?.last_mut()?, "service_client", json!([]))
    }),
    ("it needs a role", |operation| set(operation, "x-role", json!("owner"))),
    ("it may not be repeated", |operation| set(operation, "x-idempotent", json!(false))),
    ("it answers anonymously", |operation| {
        operation["x-degrades"].is_null().then_some(())?;
        set(operation, "x-degrades", json!("anonymous"))
    }),
    ("it no longer degrades", |operation| take(operation, "x-degrades").map(drop)),
    ("its success has another status", move_success),
    ("its success has no body", |operation| take(success(operation)?, "content").map(drop)),
    ("its success has another type", |operation| {
        let content = success(operation)?.get_mut("content")?;
        let media = take(content, "application/json")?;
        set(content, "application/xml", media)
    }),
    ("a header of its success is removed", |operation| take(&mut success(operation)?["headers"], "ETag").map(drop)),
    ("a status of an error is removed", |operation| take(&mut operation["responses"], "422").map(drop)),
    ("not modified is removed", |operation| take(&mut operation["responses"], "304").map(drop)),
    ("a code is removed", |operation| inline_codes(operation)?.pop().map(drop)),
    ("a parameter is removed", |operation| {
        let parameters = operation["parameters"].as_array_mut()?;
        let index = parameters.iter().position(|one| one["in"] == "query")?;
        parameters.remove(index);
        Some(())
    }),
    ("a parameter is required", |operation| {
        set(parameter(operation, |one| one["required"] == false)?, "required", json!(true))
    }),
    ("a new parameter is required", |operation| {
        let new = json!({"name": "new", "in": "query", "required": true, "schema": {"type": "string"}});
        operation["parameters"].as_array_mut()?.push(new);
        Some(())
    }),
    ("a parameter is a number", |operation| {
        set(&mut parameter(operation, |one| is_text(&one["schema"]))?["schema"], "type", json!("integer"))
    }),
    ("a default is another one", |operation| {
        set(&mut parameter(operation, |one| !one["schema"]["default"].is_null())?["schema"], "default", json!("other"))
    }),
    ("it takes no body", |operation| take(operation, "requestBody").map(drop)),
    ("a body is required", |operation| set(operation.get_mut("requestBody")?, "required", json!(true))),
    ("a body is required that was none", |operation| {
        operation.get("requestBody").is_none().then_some(())?;
        set(operation, "requestBody", json!({"required": true, "content": {}}))
    }),
    ("a body is smaller", |operation| set(operation.get_mut("requestBody")?, "x-max-bytes", json!(1))),
    ("a type of body is removed", |operation| {
        take(&mut operation.get_mut("requestBody")?["content"], "application/json").map(drop)
    }),
    ("a keyword that no rule knows", |operation| {
        let content = success(operation)?.pointer_mut("/content/application~1json")?;
        set(content, "schema", json!({"type": "object", "unevaluatedProperties": false}))
    }),
    ("callbacks", |operation| set(operation, "callbacks", json!({"done": {}}))),
];

const ALLOWED_IN_REQUESTS: &[Rule] = &[
    ("an optional field is new", |object| set(&mut object["properties"], "brand_new", json!({"type": "string"}))),
    ("a required field is optional", release_first_required),
    ("a text is longer", |object| set(first(object, |field| field["maxLength"].is_u64())?, "maxLength", json!(99_999))),
    ("a text has no bound", |object| take(first(object, |field| field["maxLength"].is_u64())?, "maxLength").map(drop)),
    ("a text has no least length", |object| take(first(object, |f| f["minLength"].is_u64())?, "minLength").map(drop)),
    ("null is accepted", |object| set(first(object, |f| f["type"] == "string")?, "type", json!(["string", "null"]))),
    ("unknown fields are accepted", |object| take(object, "additionalProperties").map(drop)),
    ("a pattern is dropped", |object| take(first(object, |field| field["pattern"].is_string())?, "pattern").map(drop)),
    ("another description", |object| set(object, "description", json!("Better words."))),
    ("an example", |object| set(object, "examples", json!([{}]))),
    ("deprecation", |object| set(first(object, is_text)?, "deprecated", json!(true))),
];

const ALLOWED_IN_RESPONSES: &[Rule] = &[
    ("a field is new", |object| set(&mut object["properties"], "brand_new", json!({"type": "string"}))),
    ("an optional field is required", require_first_optional),
    ("a text is shorter", |object| set(first(object, |field| field["type"] == "string")?, "maxLength", json!(10))),
    ("a number is smaller", |object| set(first(object, |f| f["maximum"].as_u64() > Some(9))?, "maximum", json!(9))),
    ("a number is an integer", |object| set(first(object, |f| f["type"] == "number")?, "type", json!("integer"))),
    ("a text has a format", |object| {
        set(first(object, |f| is_text(f) && f["format"].is_null())?, "format", json!("uri"))
    }),
    ("another title", |object| set(object, "title", json!("Another"))),
    ("another description of a field", |object| set(first(object, |_| true)?, "description", json!("Better words."))),
];

const ALLOWED_IN_OPERATIONS: &[Rule] = &[
    ("another summary", |operation| set(operation, "summary", json!("Better words."))),
    ("another tag", |operation| set(operation, "tags", json!(["other"]))),
    ("a longer deadline", |operation| set(operation, "x-deadline-ms", json!(60_000))),
    ("it may be repeated", |operation| set(operation, "x-idempotent", json!(true))),
    ("another way to authenticate", |operation| {
        let alternatives = operation["security"].as_array_mut().filter(|all| !all.is_empty())?;
        alternatives.push(json!({"certificate": []}));
        Some(())
    }),
    ("no role any more", |operation| take(operation, "x-role").map(drop)),
    ("deprecation", |operation| set(operation, "deprecated", json!(true))),
    ("a parameter is new", |operation| {
        let new = json!({"name": "new", "in": "query", "required": false, "schema": {"type": "string"}});
        operation["parameters"].as_array_mut()?.push(new);
        Some(())
    }),
    ("a parameter is optional", |operation| {
        set(parameter(operation, |one| one["in"] == "query" && one["required"] == true)?, "required", json!(false))
    }),
    ("a parameter is wider", |operation| {
        let parameter = parameter(operation, |one| one["schema"]["maximum"].is_u64())?;
        take(&mut parameter["schema"], "maximum").map(drop)
    }),
    ("a larger body", |operation| set(operation.get_mut("requestBody")?, "x-max-bytes", json!(999_999_999))),
    ("another type of body", |operation| {
        let content = &mut operation.get_mut("requestBody")?["content"];
        let media = content["application/json"].clone();
        set(content, "application/cbor", media)
    }),
    ("a new status of an error", |operation| {
        set(&mut operation["responses"], "451", json!({"description": "Not here."}))
    }),
    ("a new code", |operation| {
        inline_codes(operation)?.push(json!("some.new_code"));
        Some(())
    }),
    ("a new header", |operation| set(&mut success(operation)?["headers"], "X-New", json!({"schema": {}}))),
];

fn whole(_: &Value) -> Vec<String> {
    vec![String::new()]
}

const BREAKING_IN_DOCUMENTS: &[Rule] = &[
    ("a path is removed", |document| {
        let path = document["paths"].as_object()?.keys().next()?.clone();
        take(&mut document["paths"], &path).map(drop)
    }),
    ("a verb is removed", |document| {
        let item = document["paths"].as_object_mut()?.values_mut().find(|item| item.get("get").is_some())?;
        take(item, "get").map(drop)
    }),
    ("another server", |document| set(document, "servers", json!([{"url": "/elsewhere"}]))),
    ("another dialect", |document| set(document, "jsonSchemaDialect", json!("https://example.org/dialect"))),
    ("another scheme of tokens", |document| {
        set(document.pointer_mut("/components/securitySchemes/access_token")?, "scheme", json!("dpop"))
    }),
    ("a scheme of authentication is removed", |document| {
        take(document.pointer_mut("/components/securitySchemes")?, "service_client").map(drop)
    }),
    ("a part of a scheme that no rule knows", |document| {
        set(document.pointer_mut("/components/securitySchemes/access_token")?, "proof", json!("dpop"))
    }),
    ("a header has another type", |document| {
        set(document.pointer_mut("/components/headers/RetryAfter/schema")?, "type", json!("string"))
    }),
    ("a header may be absent", |document| {
        set(document.pointer_mut("/components/headers/RetryAfter")?, "required", json!(false))
    }),
    ("the tag of an alternative is another one", |document| {
        let pointer = "/components/schemas/AnswerChallengeResponse/oneOf/1/properties/status";
        set(document.pointer_mut(pointer)?, "const", json!("other"))
    }),
    ("problems lose their code", |document| {
        take(document.pointer_mut("/components/schemas/Problem/properties")?, "code").map(drop)
    }),
    ("a shared problem loses a code", |document| {
        let pointer = "/components/responses/Problem400/content/application~1problem+json/schema/properties/code/enum";
        document.pointer_mut(pointer)?.as_array_mut()?.pop().map(drop)
    }),
];

const ALLOWED_IN_DOCUMENTS: &[Rule] = &[
    ("better words about authentication", |document| {
        set(document.pointer_mut("/components/securitySchemes/access_token")?, "description", json!("Better words."))
    }),
    ("a scheme of authentication is new", |document| {
        let scheme = json!({"type": "mutualTLS"});
        set(document.pointer_mut("/components/securitySchemes")?, "certificate", scheme)
    }),
    ("alternatives in another order", |document| {
        document.pointer_mut("/components/schemas/AnswerChallengeResponse/oneOf")?.as_array_mut()?.reverse();
        Some(())
    }),
    ("a path is new", |document| {
        let item = document["paths"].as_object()?.values().next()?.clone();
        set(&mut document["paths"], "/api/v1/new", item)
    }),
    ("a header is always there", |document| {
        set(document.pointer_mut("/components/headers/OptionalRetryAfter")?, "required", json!(true))
    }),
    ("another example of a header", |document| {
        set(document.pointer_mut("/components/headers/RetryAfter")?, "example", json!(60))
    }),
    ("another version", |document| set(&mut document["info"], "version", json!("9.9.9"))),
    ("a schema that nothing refers to", |document| {
        set(document.pointer_mut("/components/schemas")?, "Unused", json!({"type": "string"}))
    }),
    ("problems gain a field", |document| {
        set(document.pointer_mut("/components/schemas/Problem/properties")?, "trace_id", json!({"type": "string"}))
    }),
];

fn fails(differences: &[Difference]) -> bool {
    differences.iter().any(|difference| matches!(difference.kind, Kind::Breaking | Kind::Unhandled))
}

#[test]
fn every_breaking_change_of_the_real_documents_is_reported() {
    let all = [
        mutations(BREAKING_IN_REQUESTS, request_objects),
        mutations(BREAKING_IN_RESPONSES, response_objects),
        mutations(BREAKING_IN_OPERATIONS, operations),
        mutations(BREAKING_IN_DOCUMENTS, whole),
    ]
    .concat();
    let missed: Vec<_> = all.iter().filter(|(_, differences)| !fails(differences)).map(|(name, _)| name).collect();
    assert!(missed.is_empty(), "not reported: {missed:#?}");
    assert!(all.len() >= 60, "{} mutations", all.len());
}

#[test]
fn every_allowed_change_of_the_real_documents_passes() {
    let all = [
        mutations(ALLOWED_IN_REQUESTS, request_objects),
        mutations(ALLOWED_IN_RESPONSES, response_objects),
        mutations(ALLOWED_IN_OPERATIONS, operations),
        mutations(ALLOWED_IN_DOCUMENTS, whole),
    ]
    .concat();
    let refused: Vec<_> = all.iter().filter(|(_, differences)| fails(differences)).collect();
    assert!(refused.is_empty(), "refused: {refused:#?}");
    assert!(all.len() >= 40, "{} mutations", all.len());
}

#[test]
fn a_document_is_compatible_with_itself() {
    for document in documents() {
        assert_eq!(compare_documents(&document, &document), []);
    }
}

#[test]
fn codes_may_be_added_and_neither_removed_nor_moved() {
    let catalogue: Value = serde_json::from_str(CODES.1).expect("JSON");
    let mut longer = catalogue.clone();
    let new = json!({"code": "some.new_code", "status": 418, "title": "New", "type": "urn:new"});
    longer["codes"].as_array_mut().expect("codes").push(new);
    assert!(!fails(&compare_codes(&catalogue, &longer)));
    assert!(fails(&compare_codes(&longer, &catalogue)), "removed");
    for field in ["status", "type"] {
        let mut moved = catalogue.clone();
        moved["codes"][0][field] = json!("other");
        assert!(fails(&compare_codes(&catalogue, &moved)), "{field}");
    }
    let mut retitled = catalogue.clone();
    retitled["codes"][0]["title"] = json!("Better words");
    assert_eq!(compare_codes(&catalogue, &retitled), []);
}

#[test]
fn a_new_field_breaks_a_response_that_was_closed() {
    let document = documents().remove(0);
    let pointer = "/components/schemas/UserProfile";
    let mut closed = document.clone();
    closed.pointer_mut(pointer).expect("a schema")["additionalProperties"] = json!(false);
    let mut longer = closed.clone();
    longer.pointer_mut(pointer).expect("a schema")["properties"]["brand_new"] = json!({"type": "string"});
    assert!(fails(&compare_documents(&closed, &longer)));
}

/// Two documents with one scheme of OAuth each, whose flow has these scopes.
fn documents_with_scopes(before: Value, after: Value) -> [Value; 2] {
    [before, after].map(|scopes| {
        let flow = json!({"tokenUrl": "/oauth2/token", "scopes": scopes});
        json!({"components": {"securitySchemes": {"oauth": {"type": "oauth2", "flows": {"clientCredentials": flow}}}}})
    })
}

#[test]
fn scopes_may_be_added_and_not_removed() {
    let [one, two] = documents_with_scopes(json!({"read": ""}), json!({"read": "Reads.", "write": ""}));
    assert!(!fails(&compare_documents(&one, &two)));
    assert!(fails(&compare_documents(&two, &one)));
}
