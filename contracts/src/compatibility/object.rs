//! Objects: their fields, and whether others are allowed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::schema::compare_schema;
use super::{Comparison, Direction, Effect, Kind, object};

pub(super) fn compare_object(
    comparison: &mut Comparison<'_>,
    direction: Direction,
    place: &str,
    old: &Value,
    new: &Value,
) {
    let (before, after) = (object(&old["properties"]), object(&new["properties"]));
    for (name, schema) in before {
        let place = format!("{place}/{name}");
        match after.get(name) {
            Some(current) => compare_schema(comparison, direction, &place, schema, current),
            None => comparison.add(Kind::Breaking, &place, "was removed"),
        }
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        comparison.add(Kind::Addition, &format!("{place}/{name}"), "is new");
    }
    compare_required(comparison, direction, place, old, new);
    compare_additional(comparison, direction, place, old, new);
}

fn compare_required(comparison: &mut Comparison<'_>, direction: Direction, place: &str, old: &Value, new: &Value) {
    let names = |schema: &Value| -> BTreeSet<String> {
        let listed = schema["required"].as_array();
        listed.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let (before, after) = (names(old), names(new));
    for name in after.difference(&before) {
        comparison.effect(direction, Effect::Narrowed, &format!("{place}/{name}"), "is required");
    }
    for name in before.difference(&after) {
        comparison.effect(direction, Effect::Widened, &format!("{place}/{name}"), "is optional");
    }
}

fn compare_additional(comparison: &mut Comparison<'_>, direction: Direction, place: &str, old: &Value, new: &Value) {
    let keyword = "additionalProperties";
    let (before, after) = (&old[keyword], &new[keyword]);
    match (before, after) {
        _ if before == after && !before.is_object() => {}
        (Value::Object(_), Value::Object(_)) => {
            compare_schema(comparison, direction, &format!("{place}/*"), before, after);
        }
        // Absent or `true` allows everything.
        (Value::Null | Value::Bool(true), Value::Null | Value::Bool(true)) => {}
        (_, Value::Null | Value::Bool(true)) => {
            comparison.effect(direction, Effect::Widened, place, "allows unknown fields");
        }
        (Value::Bool(false), Value::Object(_)) => {
            comparison.effect(direction, Effect::Widened, place, "allows some unknown fields");
        }
        _ => comparison.effect(direction, Effect::Narrowed, place, "allows fewer unknown fields"),
    }
}
