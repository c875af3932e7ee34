//! Problem responses of an operation: one for each status, with the codes that it may carry.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::headers;
use crate::codes;
use crate::endpoint::{Auth, EndpointInfo};
use crate::examples;
use crate::problem::{CONTENT_TYPE, Code};

/// Codes by status.
fn by_status(codes: &[&'static Code]) -> BTreeMap<u16, Vec<&'static Code>> {
    let mut statuses: BTreeMap<u16, Vec<&Code>> = BTreeMap::new();
    for code in codes {
        statuses.entry(code.status).or_default().push(code);
    }
    statuses
}

/// Problem responses of an operation, by status. Those that every operation of its kind may answer stand in
/// `components`.
pub(super) fn responses(info: &EndpointInfo) -> Map<String, Value> {
    let everywhere = by_status(codes::EVERYWHERE);
    let allowed: Vec<_> = codes::ALL.iter().copied().filter(|code| info.may_answer(code)).collect();
    let response = |(status, codes): (u16, Vec<&Code>)| {
        let shared = everywhere.get(&status) == Some(&codes) && info.deprecation.is_none();
        let reference = || json!({"$ref": format!("#/components/responses/{}", shared_name(info, status))});
        (status.to_string(), if shared { reference() } else { response(status, &codes, info) })
    };
    by_status(&allowed).into_iter().map(response).collect()
}

/// Name in `components` of a problem that every operation of the same kind may answer. Kinds differ in their headers.
fn shared_name(info: &EndpointInfo, status: u16) -> String {
    let kind = match (info.auth, info.limited) {
        (Auth::OptionalDegrading, _) => "Degrading",
        (_, true) => "",
        (_, false) => "Unlimited",
    };
    format!("Problem{status}{kind}")
}

/// Problem responses that any of `operations` may answer, by their names in `components`.
pub(super) fn shared_responses<'a>(operations: impl Iterator<Item = &'a EndpointInfo>) -> Map<String, Value> {
    let mut found = Map::new();
    for info in operations {
        for (status, codes) in by_status(codes::EVERYWHERE) {
            found.entry(shared_name(info, status)).or_insert_with(|| response(status, &codes, info));
        }
    }
    found
}

/// An example of each problem that `operations` may answer, by code.
pub(super) fn components<'a>(operations: impl Iterator<Item = &'a EndpointInfo> + Clone) -> Map<String, Value> {
    let answered = |code: &&&Code| operations.clone().any(|info| info.may_answer(code));
    codes::ALL
        .iter()
        .filter(answered)
        .map(|code| (code.code.to_owned(), json!({"summary": code.title, "value": examples::problem(code)})))
        .collect()
}

fn response(status: u16, known: &[&Code], info: &EndpointInfo) -> Value {
    let list: Vec<String> = known.iter().map(|code| format!("- `{}`: {}", code.code, code.title)).collect();
    let codes: Vec<&str> = known.iter().map(|code| code.code).collect();
    let example =
        |code: &&Code| (code.code.to_owned(), json!({"$ref": format!("#/components/examples/{}", code.code)}));
    let examples: Map<String, Value> = known.iter().map(example).collect();
    json!({
        "description": list.join("\n"),
        "headers": headers::of_problem(info, status),
        "content": {CONTENT_TYPE: {
            "schema": {
                "allOf": [{"$ref": "#/components/schemas/Problem"}],
                "properties": {"code": {"enum": codes}, "status": {"const": status}},
            },
            "examples": examples,
        }},
    })
}
