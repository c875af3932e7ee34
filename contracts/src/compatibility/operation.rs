//! Operations: security, bodies, responses, codes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::parameters::compare_parameters;
use super::schema::compare_schema;
use super::security::compare_security;
use super::{Comparison, Direction, Kind, object};
use crate::problem::CONTENT_TYPE;

/// Keys that are compared, or that are for people.
const KNOWN: &[&str] = &[
    "operationId",
    "summary",
    "description",
    "tags",
    "security",
    "parameters",
    "requestBody",
    "responses",
    "deprecated",
    "x-deadline-ms",
    "x-idempotent",
    "x-degrades",
    "x-permission",
];

pub(super) fn compare_operation(comparison: &mut Comparison<'_>, place: &str, old: &Value, new: &Value) {
    comparison.unhandled_unless(place, old, new, KNOWN);
    if old["operationId"] != new["operationId"] {
        comparison.add(Kind::Breaking, place, format!("`operationId` is {}", new["operationId"]));
    }
    compare_security(comparison, place, old, new);
    if old["x-idempotent"] == true && new["x-idempotent"] != true {
        comparison.add(Kind::Breaking, place, "may no longer be repeated");
    }
    let deadline = |operation: &Value| operation["x-deadline-ms"].as_u64().unwrap_or(u64::MAX);
    if deadline(new) < deadline(old) {
        comparison.add(Kind::Notable, place, format!("has a deadline of {} ms", deadline(new)));
    }
    if old["deprecated"] != true && new["deprecated"] == true {
        comparison.add(Kind::Notable, place, "is deprecated");
    }
    compare_parameters(comparison, place, &old["parameters"], &new["parameters"]);
    compare_body(comparison, place, old.get("requestBody"), new.get("requestBody"));
    compare_responses(comparison, place, &old["responses"], &new["responses"]);
}

fn compare_body(comparison: &mut Comparison<'_>, place: &str, old: Option<&Value>, new: Option<&Value>) {
    let place = format!("{place} request");
    let (old, new) = match (old, new) {
        (None, None) => return,
        (None, Some(new)) => {
            let kind = if new["required"] == true { Kind::Breaking } else { Kind::Addition };
            return comparison.add(kind, &place, "has a body");
        }
        (Some(_), None) => return comparison.add(Kind::Breaking, &place, "no longer takes a body"),
        (Some(old), Some(new)) => (old, new),
    };
    comparison.unhandled_unless(&place, old, new, &["required", "description", "content", "x-max-bytes"]);
    if old["required"] != true && new["required"] == true {
        comparison.add(Kind::Breaking, &place, "must have a body");
    }
    let bytes = |body: &Value| body["x-max-bytes"].as_u64().unwrap_or(u64::MAX);
    if bytes(new) < bytes(old) {
        comparison.add(Kind::Breaking, &place, format!("may have {} bytes only", bytes(new)));
    }
    compare_content(comparison, Direction::Request, &place, &old["content"], &new["content"]);
}

fn compare_content(comparison: &mut Comparison<'_>, direction: Direction, place: &str, old: &Value, new: &Value) {
    for (kind, media) in object(old) {
        let Some(current) = new.get(kind) else {
            comparison.add(Kind::Breaking, place, format!("no longer has {kind}"));
            continue;
        };
        comparison.unhandled_unless(place, media, current, &["schema", "example", "examples"]);
        if kind == CONTENT_TYPE {
            // Codes are compared by `compare_codes_of`; what is left is the same in all problems.
            let problem = |media: &Value| media["schema"]["allOf"][0].clone();
            compare_schema(comparison, direction, "problem", &problem(media), &problem(current));
        } else {
            compare_schema(comparison, direction, place, &media["schema"], &current["schema"]);
        }
    }
    for kind in object(new).keys().filter(|kind| old.get(kind.as_str()).is_none()) {
        // A response of another type than before is one that old clients cannot read.
        let weight = if direction == Direction::Request { Kind::Addition } else { Kind::Breaking };
        comparison.add(weight, place, format!("may be {kind}"));
    }
}

fn compare_responses(comparison: &mut Comparison<'_>, place: &str, old: &Value, new: &Value) {
    for (status, response) in object(old) {
        let response = comparison.old_target(response);
        let place = format!("{place} {status}");
        let Some(current) = new.get(status) else {
            comparison.add(Kind::Breaking, &place, "was removed");
            continue;
        };
        let current = comparison.new_target(current);
        comparison.unhandled_unless(&place, response, current, &["description", "headers", "content"]);
        compare_headers(comparison, &place, &response["headers"], &current["headers"]);
        compare_codes_of(comparison, &place, response, current);
        compare_content(comparison, Direction::Response, &place, &response["content"], &current["content"]);
    }
    for status in object(new).keys().filter(|status| old.get(status.as_str()).is_none()) {
        let success = status.starts_with('2') && object(old).keys().any(|known| known.starts_with('2'));
        let kind = if success { Kind::Breaking } else { Kind::Notable };
        comparison.add(kind, &format!("{place} {status}"), "is new");
    }
}

fn compare_headers(comparison: &mut Comparison<'_>, place: &str, old: &Value, new: &Value) {
    for (name, header) in object(old) {
        let Some(current) = new.get(name) else {
            comparison.add(Kind::Breaking, place, format!("no longer has header {name}"));
            continue;
        };
        let (header, current) = (comparison.old_target(header), comparison.new_target(current));
        let place = format!("{place} header {name}");
        comparison.unhandled_unless(&place, header, current, &["description", "schema", "required", "example"]);
        if header["required"] == true && current["required"] != true {
            comparison.add(Kind::Breaking, &place, "may be absent");
        }
        compare_schema(comparison, Direction::Response, &place, &header["schema"], &current["schema"]);
    }
}

/// Codes of a problem response. They are compared here and not as an enumeration, because a new code is no break:
/// clients fall back to the class of the status.
fn compare_codes_of(comparison: &mut Comparison<'_>, place: &str, old: &Value, new: &Value) {
    let codes = |response: &Value| -> BTreeSet<String> {
        let listed = response["content"][CONTENT_TYPE]["schema"]["properties"]["code"]["enum"].as_array();
        listed.into_iter().flatten().filter_map(|code| code.as_str().map(str::to_owned)).collect()
    };
    let (before, after) = (codes(old), codes(new));
    for code in before.difference(&after) {
        comparison.add(Kind::Breaking, place, format!("no longer has code {code}"));
    }
    for code in after.difference(&before) {
        comparison.add(Kind::Notable, place, format!("may have code {code}"));
    }
}
