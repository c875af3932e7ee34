//! Problem responses of an operation: one for each status, with the codes that it may carry.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::codes;
use crate::endpoint::{Auth, EndpointInfo};
use crate::problem::{CONTENT_TYPE, Code};

/// Codes by status.
fn by_status(codes: &[&'static Code]) -> BTreeMap<u16, Vec<&'static Code>> {
    let mut statuses: BTreeMap<u16, Vec<&Code>> = BTreeMap::new();
    for code in codes {
        statuses.entry(code.status).or_default().push(code);
    }
    statuses
}

/// Problem responses of an operation, by status. Those that every operation may answer stand in `components`.
pub(super) fn responses(info: &EndpointInfo) -> Map<String, Value> {
    let everywhere = by_status(codes::EVERYWHERE);
    let allowed: Vec<_> = codes::ALL.iter().copied().filter(|code| info.may_answer(code)).collect();
    let response = |(status, codes): (u16, Vec<&Code>)| {
        let shared = everywhere.get(&status) == Some(&codes);
        let reference = || json!({"$ref": format!("#/components/responses/Problem{status}")});
        (status.to_string(), if shared { reference() } else { response(status, &codes, info.auth) })
    };
    by_status(&allowed).into_iter().map(response).collect()
}

/// Problem responses that any operation may answer, by their names in `components`.
pub(super) fn shared_responses() -> Map<String, Value> {
    let everywhere = by_status(codes::EVERYWHERE).into_iter();
    everywhere.map(|(status, codes)| (format!("Problem{status}"), response(status, &codes, Auth::Public))).collect()
}

/// An example of each problem that `operations` may answer, by code.
pub(super) fn examples<'a>(operations: impl Iterator<Item = &'a EndpointInfo> + Clone) -> Map<String, Value> {
    let answered = |code: &&&Code| operations.clone().any(|info| info.may_answer(code));
    codes::ALL.iter().filter(answered).map(|code| (code.code.to_owned(), json!({"value": example(code)}))).collect()
}

fn response(status: u16, known: &[&Code], auth: Auth) -> Value {
    let list: Vec<String> = known.iter().map(|code| format!("- `{}`: {}", code.code, code.title)).collect();
    let codes: Vec<&str> = known.iter().map(|code| code.code).collect();
    let example =
        |code: &&Code| (code.code.to_owned(), json!({"$ref": format!("#/components/examples/{}", code.code)}));
    let examples: Map<String, Value> = known.iter().map(example).collect();
    let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/RequestId"}});
    if matches!(status, 429 | 503) {
        headers["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
    }
    if status == 401 && auth != Auth::Public {
        headers["WWW-Authenticate"] = json!({"$ref": "#/components/headers/WwwAuthenticate"});
    }
    json!({
        "description": list.join("\n"),
        "headers": headers,
        "content": {CONTENT_TYPE: {
            "schema": {
                "allOf": [{"$ref": "#/components/schemas/Problem"}],
                "properties": {"code": {"enum": codes}, "status": {"const": status}},
            },
            "examples": examples,
        }},
    })
}

/// A problem document with this code.
fn example(code: &Code) -> Value {
    let mut problem = json!({
        "type": code.type_uri(),
        "title": code.title,
        "status": code.status,
        "code": code.code,
        "request_id": "01960000-0000-7000-8000-000000000001",
    });
    if code.code == codes::INVALID_FIELDS.code {
        let field = json!({"pointer": "/email", "code": "missing_field", "detail": "missing field `email`"});
        problem["errors"] = json!([field]);
    }
    if code.code == codes::CAPTCHA_REQUIRED.code {
        problem["assess_id"] = json!("sealed-assessment");
        problem["level"] = json!(1);
        problem["action"] = json!("log_in");
        problem["captcha_url"] = json!("https://captcha.example/tv");
    }
    if code.status == 429 {
        problem["retry_after_ms"] = json!(1000);
    }
    problem
}
