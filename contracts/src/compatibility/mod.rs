//! Compatibility of two published contracts: what a client of the old one would notice in the new one.
//!
//! Requests may become wider (everything that was accepted still is), responses narrower (everything that is sent was
//! promised). Whatever the rules do not know is [`Kind::Unhandled`] and fails, so that a new keyword cannot pass
//! unjudged.

mod constraints;
mod operation;
mod parameters;
mod release;
mod schema;
mod security;

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use operation::compare_operation;
use security::compare_schemes;

pub use release::{changelog, compare_releases};

/// Weight of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Clients of the old contract may fail.
    Breaking,
    /// No rule judges it.
    Unhandled,
    /// Allowed, and clients should know.
    Notable,
    /// Allowed.
    Addition,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Its weight.
    pub kind: Kind,
    /// Location: operation, then request or response, then a path of fields.
    pub place: String,
    /// What changed.
    pub change: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = match self.kind {
            Kind::Breaking => "**breaking**: ",
            Kind::Unhandled => "**not judged**: ",
            Kind::Notable | Kind::Addition => "",
        };
        write!(f, "- {label}`{}` {}", self.place, self.change)
    }
}

/// Direction of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Direction {
    Request,
    Response,
}

/// Effect of a change on the set of valid values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Narrowed,
    Widened,
    /// Neither set contains the other.
    Changed,
}

impl Direction {
    fn kind_of(self, effect: Effect) -> Kind {
        match (self, effect) {
            (Self::Request, Effect::Widened) | (Self::Response, Effect::Narrowed) => Kind::Addition,
            _ => Kind::Breaking,
        }
    }
}

/// Two documents under comparison, and the differences found.
struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    found: Vec<Difference>,
    /// Pairs of named schemas that have been compared.
    compared: HashSet<(Direction, String, String)>,
}

impl<'a> Comparison<'a> {
    fn add(&mut self, kind: Kind, place: &str, change: impl Into<String>) {
        let difference = Difference { kind, place: place.to_owned(), change: change.into() };
        if !self.found.contains(&difference) {
            self.found.push(difference);
        }
    }

    fn effect(&mut self, direction: Direction, effect: Effect, place: &str, change: impl Into<String>) {
        self.add(direction.kind_of(effect), place, change);
    }

    fn old_target<'v>(&self, value: &'v Value) -> &'v Value
    where
        'a: 'v,
    {
        target(self.old, value)
    }

    fn new_target<'v>(&self, value: &'v Value) -> &'v Value
    where
        'a: 'v,
    {
        target(self.new, value)
    }

    /// Reports each of `keys` that differs between two objects.
    fn unhandled_unless(&mut self, place: &str, old: &Value, new: &Value, known: &[&str]) {
        let names = object(old).keys().chain(object(new).keys());
        let names: Vec<_> = names.filter(|name| !known.contains(&name.as_str())).collect();
        for name in names {
            if old.get(name) != new.get(name) {
                self.add(Kind::Unhandled, place, format!("`{name}` changed"));
            }
        }
    }
}

/// `value`, or what its `$ref` points to.
fn target<'v>(root: &'v Value, value: &'v Value) -> &'v Value {
    let pointer = value.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| root.pointer(pointer)).unwrap_or(value)
}

/// The fields of an object; none for anything else.
fn object(value: &Value) -> &Map<String, Value> {
    static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    value.as_object().unwrap_or(&EMPTY)
}

/// Operations of a document by verb and path.
fn operations(root: &Value) -> Vec<(String, &Value)> {
    let paths = object(&root["paths"]).iter();
    let verbs = paths.flat_map(|(path, item)| object(item).iter().map(move |(verb, value)| (path, verb, value)));
    verbs.map(|(path, verb, operation)| (format!("{} {path}", verb.to_uppercase()), operation)).collect()
}

/// Differences between two OpenAPI documents of one service.
pub fn compare_documents(old: &Value, new: &Value) -> Vec<Difference> {
    let mut comparison = Comparison { old, new, found: Vec::new(), compared: HashSet::new() };
    comparison.unhandled_unless("document", old, new, &["info", "tags", "paths", "components"]);
    let schemes = |root: &'_ Value| root["components"]["securitySchemes"].clone();
    compare_schemes(&mut comparison, &schemes(old), &schemes(new));
    let (before, after) = (operations(old), operations(new));
    let is_same_schemas = old["components"] == new["components"];
    for (place, operation) in &before {
        match after.iter().find(|(other, _)| other == place) {
            Some((_, current)) if is_same_schemas && current == operation => {}
            Some((_, current)) => compare_operation(&mut comparison, place, operation, current),
            None => comparison.add(Kind::Breaking, place, "was removed"),
        }
    }
    for (place, _) in after.iter().filter(|(place, _)| before.iter().all(|(other, _)| other != place)) {
        comparison.add(Kind::Addition, place, "is new");
    }
    comparison.found.sort();
    comparison.found
}

/// Differences between two schemas of what is read: a line of an import file.
pub fn compare_request_schemas(old: &Value, new: &Value) -> Vec<Difference> {
    let mut comparison = Comparison { old, new, found: Vec::new(), compared: HashSet::new() };
    schema::compare_schema(&mut comparison, Direction::Request, "schema", old, new);
    comparison.found
}

/// Differences between two catalogues of codes.
pub fn compare_codes(old: &Value, new: &Value) -> Vec<Difference> {
    let mut comparison = Comparison { old, new, found: Vec::new(), compared: HashSet::new() };
    let entries = |root: &'_ Value| root["codes"].as_array().cloned().unwrap_or_default();
    let (before, after) = (entries(old), entries(new));
    for entry in &before {
        let code = entry["code"].as_str().unwrap_or_default();
        let Some(current) = after.iter().find(|other| other["code"] == entry["code"]) else {
            comparison.add(Kind::Breaking, code, "was removed");
            continue;
        };
        for field in ["status", "type"] {
            if entry[field] != current[field] {
                let change = format!("`{field}` was {} and is {}", entry[field], current[field]);
                comparison.add(Kind::Breaking, code, change);
            }
        }
    }
    for entry in after.iter().filter(|entry| before.iter().all(|other| other["code"] != entry["code"])) {
        comparison.add(Kind::Addition, entry["code"].as_str().unwrap_or_default(), "is new");
    }
    comparison.found
}
