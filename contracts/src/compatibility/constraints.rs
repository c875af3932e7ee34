//! Keywords that bound a value: types, formats, numbers, lengths.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Value;

use super::{Comparison, Direction, Effect};

/// Keywords with a least value.
const LEAST: [&str; 5] = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
/// Keywords with a greatest value.
const MOST: [&str; 5] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];

pub(super) fn compare_constraints(
    comparison: &mut Comparison<'_>,
    direction: Direction,
    place: &str,
    old: &Value,
    new: &Value,
) {
    compare_types(comparison, direction, place, old, new);
    for keyword in LEAST.into_iter().chain(MOST) {
        let bound = |schema: &Value| schema[keyword].as_f64();
        let effect = match (bound(old), bound(new)) {
            (None, None) => continue,
            (None, Some(_)) => Effect::Narrowed,
            (Some(_), None) => Effect::Widened,
            (Some(old), Some(new)) => match new.total_cmp(&old) {
                Ordering::Equal => continue,
                Ordering::Less if MOST.contains(&keyword) => Effect::Narrowed,
                Ordering::Greater if LEAST.contains(&keyword) => Effect::Narrowed,
                _ => Effect::Widened,
            },
        };
        comparison.effect(direction, effect, place, format!("has `{keyword}` {}", new[keyword]));
    }
    for keyword in ["format", "pattern", "uniqueItems", "enum", "const"] {
        let effect = match (old.get(keyword), new.get(keyword)) {
            (old, new) if old == new => continue,
            (None, Some(_)) => Effect::Narrowed,
            (Some(_), None) => Effect::Widened,
            _ => Effect::Changed,
        };
        comparison.effect(direction, effect, place, format!("has `{keyword}` {}", new[keyword]));
    }
}

/// Types of a schema; all of them when it names none.
fn types(schema: &Value) -> BTreeSet<String> {
    let listed: Vec<&Value> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().collect(),
        Value::Null => Vec::new(),
        kind => vec![kind],
    };
    let mut kinds: BTreeSet<String> = listed.into_iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect();
    if kinds.is_empty() {
        kinds.extend(["array", "boolean", "number", "object", "string"].map(str::to_owned));
    }
    if kinds.contains("number") {
        kinds.insert("integer".to_owned()); // every integer is a number
    }
    kinds
}

fn compare_types(comparison: &mut Comparison<'_>, direction: Direction, place: &str, old: &Value, new: &Value) {
    let (before, after) = (types(old), types(new));
    let effect = if before == after {
        return;
    } else if after.is_subset(&before) {
        Effect::Narrowed
    } else if before.is_subset(&after) {
        Effect::Widened
    } else {
        Effect::Changed
    };
    comparison.effect(direction, effect, place, format!("has type {}", new["type"]));
}
