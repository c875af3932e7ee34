//! Changes that clients notice.

use serde_json::{Value, json};

use crate::edits::{
    first, inline_codes, is_text, move_success, parameter, release_first_required, remove_first_field,
    require_first_optional, set, success, take,
};
use crate::places::Rule;

pub const BREAKING_IN_REQUESTS: &[Rule] = &[
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

pub const BREAKING_IN_RESPONSES: &[Rule] = &[
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

pub const BREAKING_IN_OPERATIONS: &[Rule] = &[
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
    ("it needs a permission", |operation| set(operation, "x-permission", json!("films.write"))),
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

pub const BREAKING_IN_DOCUMENTS: &[Rule] = &[
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
