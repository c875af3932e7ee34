//! Parameters of an operation: path, query, and the request headers that it reads.

use serde_json::{Map, Value, json};

use super::nulls::not_null;
use super::schemas::{OperationSchemas, ServiceSchemas, relocated};
use crate::endpoint::{Localization, Method};

/// A request header. Its example stands in its schema, so that `/docs` does not send it unasked.
struct Header {
    /// Name in `components`.
    component: &'static str,
    /// Name on the wire.
    field: &'static str,
    description: &'static str,
    example: &'static str,
}

const REQUEST_ID: Header = Header {
    component: "RequestId",
    field: "X-Request-Id",
    description: "Id of this request in logs and in the response: 1 to 128 characters `A-Z a-z 0-9 . _ -`. Generated when \
                  absent or malformed.",
    example: "01960000-0000-7000-8000-000000000001",
};
const DEVICE_ID: Header = Header {
    component: "DeviceId",
    field: "X-Device-Id",
    description: "A stable text of the device, by which limits can tell devices behind one address apart.",
    example: "living-room-tv-7f3a",
};
const ACCEPT_LANGUAGE: Header = Header {
    component: "AcceptLanguage",
    field: "Accept-Language",
    description: "Preferred language of the response, `en` or `ru`; English when neither is accepted.",
    example: "ru, en;q=0.5",
};
const MAIL_LANGUAGE: Header = Header {
    component: "AcceptLanguageOfMail",
    field: "Accept-Language",
    description: "Preferred language of the mail to the owner of the account, `ru` or `en`; English when neither is \
                  accepted.",
    example: "ru, en;q=0.5",
};
const IF_NONE_MATCH: Header = Header {
    component: "IfNoneMatch",
    field: "If-None-Match",
    description: "ETags that the client has; 304 if one is current.",
    example: "\"v3.mh2Tq0pIyFo9xGdZ1kXWvA5b\"",
};
const IF_MATCH: Header = Header {
    component: "IfMatch",
    field: "If-Match",
    description: "ETag of the version to change (RFC 9110 §13.1.1); 412 if it is not current.",
    example: "\"v3.mh2Tq0pIyFo9xGdZ1kXWvA5b\"",
};
const NOT_VERSION: Header = Header {
    component: "IfNoneMatchOfWrite",
    field: "If-None-Match",
    description: "ETags of versions not to change (RFC 9110 §13.1.2); 412 if one is current.",
    example: "\"v2.u7c1bS0dEr9yQkPf4nWzXg2M\"",
};
const ALL: [Header; 7] = [REQUEST_ID, DEVICE_ID, ACCEPT_LANGUAGE, MAIL_LANGUAGE, IF_NONE_MATCH, IF_MATCH, NOT_VERSION];

/// Parameters of an operation, as OpenAPI lists them.
pub(super) fn of(schemas: &OperationSchemas, service: &ServiceSchemas) -> Value {
    let examples = schemas.operation.examples();
    let paths: Vec<_> = examples.iter().map(|example| (example.name, example.path.clone())).collect();
    let queries: Vec<_> = examples.iter().map(|example| (example.name, example.query.clone())).collect();
    let mut parameters = fields(&schemas.path, "path", service, &paths);
    parameters.extend(fields(&schemas.query, "query", service, &queries));
    parameters.extend(headers(schemas).iter().map(|header| json!({"$ref": pointer(header)})));
    Value::from(parameters)
}

fn headers(schemas: &OperationSchemas) -> Vec<Header> {
    let operation = schemas.operation;
    let mut headers = vec![REQUEST_ID];
    if operation.info.limited {
        headers.push(DEVICE_ID);
    }
    match operation.info.localization {
        Localization::None => {}
        Localization::Response => headers.push(ACCEPT_LANGUAGE),
        Localization::Mail => headers.push(MAIL_LANGUAGE),
    }
    if operation.info.method == Method::Get && operation.info.has_entity_tag() {
        headers.push(IF_NONE_MATCH);
    }
    if operation.conditional {
        headers.extend([IF_MATCH, NOT_VERSION]);
    }
    headers
}

fn pointer(header: &Header) -> String {
    format!("#/components/parameters/{}", header.component)
}

/// The headers that `operations` name, by their names in `components`.
pub(super) fn components(operations: &Value) -> Map<String, Value> {
    let text = operations.to_string();
    let used = ALL.iter().filter(|header| text.contains(&format!("\"{}\"", pointer(header))));
    used.map(|header| (header.component.to_owned(), component(header))).collect()
}

fn component(header: &Header) -> Value {
    json!({
        "name": header.field,
        "in": "header",
        "required": false,
        "description": header.description,
        "schema": {"type": "string", "examples": [header.example]},
    })
}

/// One parameter for each field of an object, with its value in `examples`.
fn fields(
    schema: &Value,
    place: &str,
    service: &ServiceSchemas,
    examples: &[(&str, Map<String, Value>)],
) -> Vec<Value> {
    let schema = service.resolve(schema);
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let parameter = |(name, field): (&String, &Value)| {
        // A path or query cannot spell `null`: an absent parameter is absent.
        let mut schema = not_null(&relocated(field, "#/components/schemas/"));
        let description = schema.as_object_mut().and_then(|fields| fields.remove("description"));
        let required = place == "path" || required.contains(&name.as_str());
        let mut parameter = json!({
            "name": name,
            "in": place,
            "required": required,
            "description": description.unwrap_or_default(),
            "schema": schema,
        });
        let given = examples.iter().filter_map(|(example, values)| Some((*example, values.get(name)?)));
        let given: Map<String, Value> = given.map(|(name, value)| (name.to_owned(), json!({"value": value}))).collect();
        if !given.is_empty() {
            parameter["examples"] = Value::from(given);
        }
        parameter
    };
    properties.iter().map(parameter).collect()
}
