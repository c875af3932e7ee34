//! Problem responses of an operation: one for each status, with the codes that it may carry.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::headers;
use crate::codes;
use crate::endpoint::{Auth, EndpointInfo};
use crate::error_format::ErrorFormat;
use crate::examples;
use crate::problem::Code;

/// Codes by status.
fn by_status(codes: &[&'static Code], format: ErrorFormat) -> BTreeMap<u16, Vec<&'static Code>> {
    let mut statuses: BTreeMap<u16, Vec<&Code>> = BTreeMap::new();
    for code in codes {
        statuses.entry(format.status(code)).or_default().push(code);
    }
    statuses
}

/// Problem responses of an operation, by status. Those that every operation of its kind may answer stand in
/// `components`.
pub(super) fn responses(info: &EndpointInfo) -> Map<String, Value> {
    let format = ErrorFormat::of(info.path);
    let everywhere = by_status(codes::EVERYWHERE, format);
    let allowed: Vec<_> = codes::ALL.iter().copied().filter(|code| info.may_answer(code)).collect();
    let response = |(status, codes): (u16, Vec<&Code>)| {
        let shared = everywhere.get(&status) == Some(&codes) && info.deprecation.is_none();
        let reference = || json!({"$ref": format!("#/components/responses/{}", shared_name(info, status))});
        (status.to_string(), if shared { reference() } else { response(status, &codes, info) })
    };
    by_status(&allowed, format).into_iter().map(response).collect()
}

/// Name in `components` of a problem that every operation of the same kind may answer. Kinds differ in their headers.
fn shared_name(info: &EndpointInfo, status: u16) -> String {
    let kind = match (info.auth, info.limited) {
        (Auth::OptionalDegrading, _) => "Degrading",
        (_, true) => "",
        (_, false) => "Unlimited",
    };
    let name = match ErrorFormat::of(info.path) {
        ErrorFormat::Problem => "Problem",
        ErrorFormat::OAuth => "OAuthError",
    };
    format!("{name}{status}{kind}")
}

/// Problem responses that any of `operations` may answer, by their names in `components`.
pub(super) fn shared_responses<'a>(operations: impl Iterator<Item = &'a EndpointInfo>) -> Map<String, Value> {
    let mut found = Map::new();
    for info in operations {
        for (status, codes) in by_status(codes::EVERYWHERE, ErrorFormat::of(info.path)) {
            found.entry(shared_name(info, status)).or_insert_with(|| response(status, &codes, info));
        }
    }
    found
}

/// An example of each problem that `operations` may answer, by code.
pub(super) fn components<'a>(operations: impl Iterator<Item = &'a EndpointInfo> + Clone) -> Map<String, Value> {
    let mut found = Map::new();
    for format in [ErrorFormat::Problem, ErrorFormat::OAuth] {
        let of_format = operations.clone().filter(|info| ErrorFormat::of(info.path) == format);
        let answered = |code: &&&Code| of_format.clone().any(|info| info.may_answer(code));
        for code in codes::ALL.iter().filter(answered) {
            let example = json!({"summary": code.title, "value": examples::problem(code, format)});
            found.insert(example_name(code, format), example);
        }
    }
    found
}

fn example_name(code: &Code, format: ErrorFormat) -> String {
    match format {
        ErrorFormat::Problem => code.code.to_owned(),
        ErrorFormat::OAuth => format!("oauth.{}", code.code),
    }
}

fn response(status: u16, known: &[&Code], info: &EndpointInfo) -> Value {
    let list: Vec<String> = known.iter().map(|code| format!("- `{}`: {}", code.code, code.title)).collect();
    let codes: Vec<&str> = known.iter().map(|code| code.code).collect();
    let format = ErrorFormat::of(info.path);
    let example = |code: &&Code| {
        (code.code.to_owned(), json!({"$ref": format!("#/components/examples/{}", example_name(code, format))}))
    };
    let mut schema = json!({
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"code": {"enum": codes}, "status": {"const": status}},
    });
    if format == ErrorFormat::OAuth {
        for name in ["error", "error_description"] {
            schema["properties"][name] = json!({"type": "string"});
        }
        schema["required"] = json!(["error", "error_description"]);
    }
    let examples: Map<String, Value> = known.iter().map(example).collect();
    json!({
        "description": list.join("\n"),
        "headers": headers::of_problem(info, status),
        "content": {format.content_type(): {
            "schema": schema,
            "examples": examples,
        }},
    })
}
