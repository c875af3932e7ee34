//! Authentication: the alternatives of an operation, and the schemes that they name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Comparison, Kind, object};

/// Schemes that are needed together, each with its scopes; none is anonymous.
type Alternative = BTreeMap<String, BTreeSet<String>>;

/// Parts of a scheme that a client is built on. The others are for people.
const PARTS: [&str; 5] = ["type", "scheme", "in", "name", "openIdConnectUrl"];
const FOR_PEOPLE: [&str; 2] = ["description", "bearerFormat"];
const URLS: [&str; 3] = ["authorizationUrl", "tokenUrl", "refreshUrl"];

fn alternatives(operation: &Value) -> BTreeSet<Alternative> {
    let listed = operation["security"].as_array().map(Vec::as_slice).unwrap_or_default();
    if listed.is_empty() {
        return BTreeSet::from([Alternative::new()]);
    }
    let scopes = |value: &Value| {
        let listed = value.as_array().into_iter().flatten();
        listed.filter_map(|scope| scope.as_str().map(str::to_owned)).collect()
    };
    let alternative = |one: &Value| object(one).iter().map(|(name, value)| (name.clone(), scopes(value))).collect();
    listed.iter().map(alternative).collect()
}

/// `true` when whoever satisfies `other` satisfies `this`.
fn is_satisfied_by(this: &Alternative, other: &Alternative) -> bool {
    this.iter().all(|(scheme, scopes)| other.get(scheme).is_some_and(|had| scopes.is_subset(had)))
}

/// `true` when a client that sends `known` is served as before. Where some alternative takes credentials, anonymous
/// service is none to a client that has them.
fn suffices(known: &Alternative, after: &BTreeSet<Alternative>) -> bool {
    let mut identified = after.iter().filter(|needed| !needed.is_empty()).peekable();
    if known.is_empty() || identified.peek().is_none() {
        return after.contains(&Alternative::new());
    }
    identified.any(|needed| is_satisfied_by(needed, known))
}

/// Compares what an operation requires.
pub(super) fn compare_security(comparison: &mut Comparison<'_>, place: &str, old: &Value, new: &Value) {
    let (before, after) = (alternatives(old), alternatives(new));
    if !before.iter().all(|known| suffices(known, &after)) {
        comparison.add(Kind::Breaking, place, "requires another authentication");
    } else if before != after {
        comparison.add(Kind::Addition, place, "accepts further authentication");
    }
    if old["x-permission"] != new["x-permission"] {
        let kind = if new["x-permission"].is_null() { Kind::Addition } else { Kind::Breaking };
        comparison.add(kind, place, format!("requires permission {}", new["x-permission"]));
    }
    if old["x-degrades"] != new["x-degrades"] {
        comparison.add(Kind::Breaking, place, format!("degrades to {} without auth-service", new["x-degrades"]));
    }
}

/// Compares the schemes of two documents.
pub(super) fn compare_schemes(comparison: &mut Comparison<'_>, old: &Value, new: &Value) {
    for (name, scheme) in object(old) {
        let place = format!("authentication {name}");
        let Some(current) = new.get(name) else {
            comparison.add(Kind::Breaking, &place, "was removed");
            continue;
        };
        let known: Vec<&str> = PARTS.into_iter().chain(FOR_PEOPLE).chain(["flows"]).collect();
        comparison.unhandled_unless(&place, scheme, current, &known);
        for part in PARTS {
            if scheme[part] != current[part] {
                comparison.add(Kind::Breaking, &place, format!("has `{part}` {}", current[part]));
            }
        }
        compare_flows(comparison, &place, &scheme["flows"], &current["flows"]);
    }
    for name in object(new).keys().filter(|name| old.get(name.as_str()).is_none()) {
        comparison.add(Kind::Addition, &format!("authentication {name}"), "is new");
    }
}

/// Compares flows of OAuth.
fn compare_flows(comparison: &mut Comparison<'_>, place: &str, old: &Value, new: &Value) {
    for (name, flow) in object(old) {
        let place = format!("{place} {name}");
        let Some(current) = new.get(name) else {
            comparison.add(Kind::Breaking, &place, "was removed");
            continue;
        };
        let known: Vec<&str> = URLS.into_iter().chain(["scopes"]).collect();
        comparison.unhandled_unless(&place, flow, current, &known);
        for url in URLS {
            if flow[url] != current[url] {
                let kind = if flow[url].is_null() { Kind::Addition } else { Kind::Breaking };
                comparison.add(kind, &place, format!("has `{url}` {}", current[url]));
            }
        }
        for scope in object(&flow["scopes"]).keys().filter(|scope| current["scopes"].get(scope.as_str()).is_none()) {
            comparison.add(Kind::Breaking, &place, format!("no longer has scope {scope}"));
        }
        for scope in object(&current["scopes"]).keys().filter(|scope| flow["scopes"].get(scope.as_str()).is_none()) {
            comparison.add(Kind::Addition, &place, format!("has scope {scope}"));
        }
    }
    for name in object(new).keys().filter(|name| old.get(name.as_str()).is_none()) {
        comparison.add(Kind::Addition, &format!("{place} {name}"), "is new");
    }
}
