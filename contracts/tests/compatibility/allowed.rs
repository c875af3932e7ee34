//! Changes that clients do not notice.

use serde_json::json;

use crate::edits::{
    first, inline_codes, is_text, parameter, release_first_required, require_first_optional, set, success, take,
};
use crate::places::Rule;

pub const ALLOWED_IN_REQUESTS: &[Rule] = &[
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

pub const ALLOWED_IN_RESPONSES: &[Rule] = &[
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

pub const ALLOWED_IN_OPERATIONS: &[Rule] = &[
    ("another summary", |operation| set(operation, "summary", json!("Better words."))),
    ("another tag", |operation| set(operation, "tags", json!(["other"]))),
    ("a longer deadline", |operation| set(operation, "x-deadline-ms", json!(60_000))),
    ("it may be repeated", |operation| set(operation, "x-idempotent", json!(true))),
    ("another way to authenticate", |operation| {
        let alternatives = operation["security"].as_array_mut().filter(|all| !all.is_empty())?;
        alternatives.push(json!({"certificate": []}));
        Some(())
    }),
    ("no permission any more", |operation| take(operation, "x-permission").map(drop)),
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

pub const ALLOWED_IN_DOCUMENTS: &[Rule] = &[
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
