//! Schemas, by recursion: references, alternatives, items, fields. Bounds are in `constraints`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::constraints::compare_constraints;
use super::{Comparison, Direction, Effect, Kind, object, target};

/// Keywords that are compared, or that are for people.
const KNOWN: &[&str] = &[
    "$ref",
    "$schema",
    "$id",
    "title",
    "description",
    "examples",
    "deprecated",
    "default",
    "type",
    "enum",
    "const",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "oneOf",
    "anyOf",
    "allOf",
];

/// Compares two schemas, references followed. A pair of named schemas is compared once, under its name.
pub(super) fn compare_schema(
    comparison: &mut Comparison<'_>,
    direction: Direction,
    place: &str,
    old: &Value,
    new: &Value,
) {
    compare_defaults(comparison, direction, place, old, new);
    let (before, after) = (Unwrapped::of(comparison.old, old), Unwrapped::of(comparison.new, new));
    match (before.nullable, after.nullable) {
        (false, true) => comparison.effect(direction, Effect::Widened, place, "may be null"),
        (true, false) => comparison.effect(direction, Effect::Narrowed, place, "may not be null"),
        _ => {}
    }
    match (before.name, after.name) {
        (Some(old_name), Some(new_name)) => {
            compare_resolved(comparison, direction, place, &beside_reference(old), &beside_reference(new));
            if comparison.compared.insert((direction, old_name, new_name.clone())) {
                compare_resolved(comparison, direction, &new_name, &before.schema, &after.schema);
            }
        }
        _ => compare_resolved(comparison, direction, place, &before.schema, &after.schema),
    }
}

/// Keywords beside `$ref`, which hold together with what it refers to.
fn beside_reference(schema: &Value) -> Value {
    let fields = if schema.get("$ref").is_some() { object(schema).clone() } else { Map::new() };
    Value::Object(fields.into_iter().filter(|(keyword, _)| keyword != "$ref").collect())
}

/// An absent field of a request means its default.
fn compare_defaults(comparison: &mut Comparison<'_>, direction: Direction, place: &str, old: &Value, new: &Value) {
    let (before, after) = (old.get("default"), new.get("default"));
    if direction == Direction::Request && before != after {
        let kind = if before.is_none() { Kind::Notable } else { Kind::Breaking };
        comparison.add(kind, place, format!("has default {}", new["default"]));
    }
}

/// A schema behind its reference, without `null`.
struct Unwrapped {
    name: Option<String>,
    schema: Value,
    nullable: bool,
}

impl Unwrapped {
    fn of(root: &Value, schema: &Value) -> Self {
        let name = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next()).map(str::to_owned);
        let mut schema = target(root, schema).clone();
        let mut nullable = false;
        if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
            nullable = types.iter().any(|kind| kind == "null");
            types.retain(|kind| kind != "null");
        }
        if let Some(branches) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
            nullable |= branches.iter().any(|branch| branch["type"] == "null");
            branches.retain(|branch| branch["type"] != "null");
            if let [only] = branches.as_slice() {
                return Self { nullable, ..Self::of(root, only) };
            }
        }
        Self { name, schema, nullable }
    }
}

fn compare_resolved(comparison: &mut Comparison<'_>, direction: Direction, place: &str, old: &Value, new: &Value) {
    comparison.unhandled_unless(place, old, new, KNOWN);
    if let (Some(before), Some(after)) = (enumerated(old), enumerated(new)) {
        for value in before.difference(&after) {
            comparison.effect(direction, Effect::Narrowed, place, format!("is no longer {value}"));
        }
        for value in after.difference(&before) {
            comparison.effect(direction, Effect::Widened, place, format!("may be {value}"));
        }
        return;
    }
    compare_constraints(comparison, direction, place, old, new);
    compare_object(comparison, direction, place, old, new);
    match (old.get("items"), new.get("items")) {
        (None, None) => {}
        (old, new) => {
            let [old, new] = [old, new].map(|items| items.cloned().unwrap_or_else(|| json!({})));
            compare_schema(comparison, direction, &format!("{place}[]"), &old, &new);
        }
    }
    for keyword in ["oneOf", "anyOf", "allOf"] {
        compare_branches(comparison, direction, place, keyword, [&old[keyword], &new[keyword]]);
    }
}

/// Compares alternatives: each with its counterpart of the same tag, the others in order.
fn compare_branches(
    comparison: &mut Comparison<'_>,
    direction: Direction,
    place: &str,
    keyword: &str,
    [old, new]: [&Value; 2],
) {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (before, mut after) = (list(old), list(new));
    let mut unpaired = Vec::new();
    for branch in &before {
        let tag = tag_of(comparison.old, branch);
        match after.iter().position(|other| tag.is_some() && tag_of(comparison.new, other) == tag) {
            Some(index) => {
                let place = format!("{place} {keyword}({})", tag.unwrap_or_default());
                compare_schema(comparison, direction, &place, branch, &after.remove(index));
            }
            None => unpaired.push(branch),
        }
    }
    for (index, (old, new)) in unpaired.iter().zip(&after).enumerate() {
        compare_schema(comparison, direction, &format!("{place} {keyword}/{index}"), old, new);
    }
    if unpaired.len() == after.len() {
        return;
    }
    let change = format!("has {} instead of {} branches of {keyword}", list(new).len(), before.len());
    // A value must match all branches of `allOf`, and one of the others.
    let narrowed = (keyword == "allOf") == (unpaired.len() < after.len());
    let effect = if narrowed { Effect::Narrowed } else { Effect::Widened };
    comparison.effect(direction, effect, place, change);
}

/// What tells an alternative from its siblings: its constant fields, otherwise its title, name or type.
fn tag_of(root: &Value, branch: &Value) -> Option<String> {
    let schema = target(root, branch);
    let fields = object(&schema["properties"]).iter();
    let constants: Vec<_> =
        fields.filter_map(|(name, field)| Some(format!("{name}={}", field.get("const")?))).collect();
    if !constants.is_empty() {
        return Some(constants.join(","));
    }
    let name = || branch["$ref"].as_str()?.rsplit('/').next();
    schema["title"].as_str().or_else(name).or_else(|| schema["type"].as_str()).map(str::to_owned)
}

/// The values of an enumeration: `enum`, `const`, or alternatives that are nothing else.
fn enumerated(schema: &Value) -> Option<BTreeSet<String>> {
    if let Some(value) = schema.get("const") {
        return Some(BTreeSet::from([value.to_string()]));
    }
    if let Some(values) = schema["enum"].as_array() {
        return Some(values.iter().map(Value::to_string).collect());
    }
    let branches = schema["oneOf"].as_array().filter(|branches| !branches.is_empty())?;
    let values: Option<Vec<_>> = branches.iter().map(enumerated).collect();
    Some(values?.into_iter().flatten().collect())
}

/// Fields of an object, and whether others are allowed.
fn compare_object(comparison: &mut Comparison<'_>, direction: Direction, place: &str, old: &Value, new: &Value) {
    let (before, after) = (object(&old["properties"]), object(&new["properties"]));
    for (name, schema) in before {
        let place = format!("{place}/{name}");
        match after.get(name) {
            Some(current) => compare_schema(comparison, direction, &place, schema, current),
            None => comparison.add(Kind::Breaking, &place, "was removed"),
        }
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        let is_refused = direction == Direction::Response && old["additionalProperties"] == false;
        let kind = if is_refused { Kind::Breaking } else { Kind::Addition };
        comparison.add(kind, &format!("{place}/{name}"), "is new");
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
