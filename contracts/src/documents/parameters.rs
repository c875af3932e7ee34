//! Parameters of an operation: path, query, and the request headers that it reads.

use serde_json::{Value, json};

use super::nulls::not_null;
use super::schemas::{OperationSchemas, ServiceSchemas, relocated};
use crate::endpoint::{Cache, Method};

/// Parameters of an operation, as OpenAPI lists them.
pub(super) fn of(schemas: &OperationSchemas, service: &ServiceSchemas) -> Value {
    let mut parameters = fields(&schemas.path, "path", service);
    parameters.extend(fields(&schemas.query, "query", service));
    let headers = header_names(schemas);
    parameters.extend(headers.into_iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})));
    Value::from(parameters)
}

/// Headers that any service reads, by their names in `components`.
pub(super) fn components() -> Value {
    let header = |name: &str, description: &str, schema: &Value| json!({"name": name, "in": "header", "required": false, "description": description, "schema": schema});
    let text = json!({"type": "string"});
    json!({
        "RequestId": header(
            "X-Request-Id",
            "Id of this request in logs and in the response; generated when absent or malformed.",
            &json!({"type": "string", "pattern": "^[A-Za-z0-9_.:-]{8,128}$"}),
        ),
        "IfMatch": header("If-Match", "ETag of the version to change (RFC 9110 §13.1.1).", &text),
        "IfNoneMatch": header("If-None-Match", "ETags that the client has; 304 if one is current.", &text),
    })
}

fn header_names(schemas: &OperationSchemas) -> Vec<&'static str> {
    let operation = schemas.operation;
    let mut names = vec!["RequestId"];
    if operation.info.method == Method::Get && operation.info.cache != Cache::NoStore {
        names.push("IfNoneMatch");
    }
    if operation.conditional {
        names.push("IfMatch");
    }
    names
}

/// One parameter for each field of an object.
fn fields(schema: &Value, place: &str, service: &ServiceSchemas) -> Vec<Value> {
    let schema = service.resolve(schema);
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let parameter = |(name, field): (&String, &Value)| {
        // A path or query cannot spell `null`: an absent parameter is absent.
        let mut schema = not_null(&relocated(field, "#/components/schemas/"));
        let description = schema.as_object_mut().and_then(|fields| fields.remove("description"));
        let required = place == "path" || required.contains(&name.as_str());
        json!({
            "name": name,
            "in": place,
            "required": required,
            "description": description.unwrap_or_default(),
            "schema": schema,
        })
    };
    properties.iter().map(parameter).collect()
}
