//! Parameters of an operation.

use serde_json::Value;

use super::schema::compare_schema;
use super::{Comparison, Direction, Kind};

/// Keys that are compared, or that are for people.
const KNOWN: &[&str] = &["name", "in", "required", "description", "schema", "deprecated", "example", "examples"];

pub(super) fn compare_parameters(comparison: &mut Comparison<'_>, place: &str, old: &Value, new: &Value) {
    fn list(value: &Value) -> &[Value] {
        value.as_array().map(Vec::as_slice).unwrap_or_default()
    }
    let before: Vec<_> = list(old).iter().map(|parameter| comparison.old_target(parameter)).collect();
    let after: Vec<_> = list(new).iter().map(|parameter| comparison.new_target(parameter)).collect();
    let is_same = |one: &Value, other: &Value| one["name"] == other["name"] && one["in"] == other["in"];
    for parameter in &before {
        let place = place_of(place, parameter);
        let Some(current) = after.iter().find(|other| is_same(parameter, other)) else {
            comparison.add(Kind::Breaking, &place, "was removed");
            continue;
        };
        comparison.unhandled_unless(&place, parameter, current, KNOWN);
        if parameter["required"] != true && current["required"] == true {
            comparison.add(Kind::Breaking, &place, "is required");
        }
        compare_schema(comparison, Direction::Request, &place, &parameter["schema"], &current["schema"]);
    }
    for parameter in after.iter().filter(|parameter| !before.iter().any(|other| is_same(parameter, other))) {
        let required = parameter["required"] == true;
        let (kind, change) =
            if required { (Kind::Breaking, "is new and required") } else { (Kind::Addition, "is new") };
        comparison.add(kind, &place_of(place, parameter), change);
    }
}

fn place_of(operation: &str, parameter: &Value) -> String {
    let text = |name: &str| parameter[name].as_str().unwrap_or_default().to_owned();
    format!("{operation} {} {}", text("in"), text("name"))
}
