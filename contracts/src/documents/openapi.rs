//! One OpenAPI 3.1 document for a service.

use serde_json::{Map, Value, json};

use super::schemas::{EMPTY, OperationSchemas, ServiceSchemas, reference, relocated};
use super::{Service, headers, parameters, problems};
use crate::endpoint::{Auth, BodyFormat, Method};
use crate::examples::ExampleValues;
use crate::operation::Operation;

const COMPONENTS: &str = "#/components/schemas/";

/// The document of `service`.
pub(super) fn document(service: &Service, schemas: &ServiceSchemas) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in &schemas.operations {
        let info = &operation.operation.info;
        let path = paths.entry(info.path).or_insert_with(|| json!({}));
        path[info.method.as_str().to_ascii_lowercase()] = operation_object(operation, schemas);
    }
    let infos = || service.all_operations().map(|operation| &operation.info);
    let responses = problems::shared_responses(infos());
    let headers = headers::components(&json!([paths, responses]), infos());
    let parameters = parameters::components(&json!(paths));
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": service.title,
            "version": env!("CARGO_PKG_VERSION"),
            "description": service.description.trim(),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The server of this document"}],
        "tags": tags(service),
        "paths": paths,
        "components": {
            "schemas": definitions(schemas),
            "responses": responses,
            "examples": problems::components(infos()),
            "parameters": parameters,
            "headers": headers,
            "securitySchemes": security_schemes(),
        },
    })
}

/// Schemas of bodies and of what they refer to. Fields of paths and queries stand with the operation.
fn definitions(schemas: &ServiceSchemas) -> Map<String, Value> {
    let parameters = schemas.operations.iter().flat_map(|operation| [&operation.path, &operation.query]);
    let fields = parameters.map(|schema| schemas.resolve(schema).clone());
    let bodies = schemas.operations.iter().flat_map(|operation| [&operation.body, &operation.output]).cloned();
    let used: Value = fields.chain(bodies).chain([json!({"$ref": "#/$defs/Problem"})]).collect();
    let needed = schemas.needed_by(&used).into_iter();
    let needed = needed.filter(|(name, _)| !EMPTY.contains(&name.as_str()));
    needed.map(|(name, schema)| (name, relocated(&schema, COMPONENTS))).collect()
}

fn operation_object(schemas: &OperationSchemas, service: &ServiceSchemas) -> Value {
    let operation = schemas.operation;
    let info = &operation.info;
    let mut responses = problems::responses(info);
    responses.insert(info.success.to_string(), success(schemas));
    if info.method == Method::Get && info.has_entity_tag() {
        let headers = headers::of_not_modified(info);
        responses
            .insert("304".into(), json!({"description": "The client has the current version.", "headers": headers}));
    }
    let mut object = json!({
        "operationId": info.id,
        "summary": info.summary,
        "tags": [tag(operation)],
        "security": security(info.auth),
        "parameters": parameters::of(schemas, service),
        "responses": responses,
        "x-deadline-ms": u64::try_from(operation.deadline.as_millis()).unwrap_or(u64::MAX),
        "x-idempotent": operation.idempotent,
    });
    if let Some(body) = request_body(operation, &schemas.body) {
        object["requestBody"] = body;
    }
    if info.deprecation.is_some() {
        object["deprecated"] = json!(true);
    }
    match info.auth {
        Auth::OptionalDegrading => object["x-degrades"] = json!("anonymous"),
        Auth::Permission(permission) => object["x-permission"] = json!(permission),
        _ => {}
    }
    object
}

fn request_body(operation: &Operation, schema: &Value) -> Option<Value> {
    let types: &[&str] = match operation.body_format {
        BodyFormat::None => return None,
        BodyFormat::Json => &["application/json"],
        BodyFormat::Form => &["application/x-www-form-urlencoded"],
        BodyFormat::FormOrJson => &["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
    };
    let examples = examples(operation, |example| example.body);
    let media = json!({"schema": relocated(schema, COMPONENTS), "examples": examples});
    let content: Map<String, Value> = types.iter().map(|kind| ((*kind).to_owned(), media.clone())).collect();
    Some(json!({
        "required": operation.body_format != BodyFormat::FormOrJson,
        "description": format!("At most {} bytes.", operation.max_body),
        "content": content,
        "x-max-bytes": operation.max_body,
    }))
}

fn success(schemas: &OperationSchemas) -> Value {
    let info = &schemas.operation.info;
    let headers = headers::of_success(info);
    if reference(&schemas.output) == Some("NoContent") {
        return json!({"description": "Done.", "headers": headers});
    }
    let schema = relocated(&schemas.output, COMPONENTS);
    let examples = examples(schemas.operation, |example| Some(example.output));
    let content = json!({"application/json": {"schema": schema, "examples": examples}});
    json!({"description": "Success.", "headers": headers, "content": content})
}

/// One part of all examples of an operation that have it, by name.
fn examples(operation: &Operation, part: fn(ExampleValues) -> Option<Value>) -> Map<String, Value> {
    let all = operation.examples().into_iter();
    all.filter_map(|example| {
        let (name, summary) = (example.name.to_owned(), example.summary);
        Some((name, json!({"summary": summary, "value": part(example)?})))
    })
    .collect()
}

fn security(auth: Auth) -> Value {
    match auth {
        Auth::Public => json!([]),
        Auth::OptionalDegrading => json!([{}, {"access_token": []}]),
        Auth::Required | Auth::Permission(_) => json!([{"access_token": []}]),
        Auth::ServiceClient => json!([{"service_client": []}]),
    }
}

fn security_schemes() -> Value {
    json!({
        "access_token": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "Access token of a user, from `log_in` or `refresh_session`.",
        },
        "service_client": {
            "type": "http",
            "scheme": "basic",
            "description": "Id and secret of a registered service (RFC 6749 §2.3.1).",
        },
    })
}

/// Group of an operation in documents: the first segment of its path below the version.
fn tag(operation: &Operation) -> &'static str {
    let path = operation.info.path.trim_start_matches('/');
    let path = path.strip_prefix("api/v1/").unwrap_or(path);
    match path.split('/').next().unwrap_or_default() {
        ".well-known" => "oauth2",
        "livez" | "readyz" => "health",
        segment => segment,
    }
}

fn tags(service: &Service) -> Value {
    let mut names: Vec<&str> = Vec::new();
    for operation in service.all_operations() {
        let tag = tag(operation);
        if !names.contains(&tag) {
            names.push(tag);
        }
    }
    names.iter().map(|name| json!({"name": name})).collect()
}
