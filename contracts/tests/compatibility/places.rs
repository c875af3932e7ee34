//! Places of the published documents to which a rule may apply, and the mutations that rules make there.

use std::collections::BTreeSet;

use contracts::compatibility::{Difference, compare_documents};
use contracts::published::{AUTH, CAPTCHA, MOVIES};
use serde_json::Value;

/// Places of one rule in one document.
pub const PLACES: usize = 2;

pub fn documents() -> Vec<Value> {
    let openapi = |published: &[(&str, &str)]| {
        let (_, text) = published.iter().find(|(name, _)| *name == "openapi.json").expect("a document");
        serde_json::from_str(text).expect("JSON")
    };
    [AUTH, MOVIES, CAPTCHA].map(openapi).to_vec()
}

/// Names of schemas that `value` refers to, directly or by way of others.
pub fn reachable(document: &Value, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(name) =
                fields.get("$ref").and_then(|target| target.as_str()?.strip_prefix("#/components/schemas/"))
                && found.insert(name.to_owned())
            {
                reachable(document, &document["components"]["schemas"][name], found);
            }
            fields.values().for_each(|value| reachable(document, value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| reachable(document, value, found)),
        _ => {}
    }
}

/// Pointers to the operations of a document.
pub fn operations(document: &Value) -> Vec<String> {
    let paths = document["paths"].as_object().expect("paths").iter();
    let verbs = paths.flat_map(|(path, item)| item.as_object().expect("verbs").keys().map(move |verb| (path, verb)));
    verbs.map(|(path, verb)| format!("/paths/{}/{verb}", path.replace('/', "~1"))).collect()
}

/// Pointers to the schemas of objects that stand only in requests, or only in responses.
pub fn objects(document: &Value, requests: bool) -> Vec<String> {
    let (mut sent, mut received) = (BTreeSet::new(), BTreeSet::new());
    for operation in operations(document) {
        let operation = document.pointer(&operation).expect("an operation");
        reachable(document, &operation["requestBody"], &mut received);
        reachable(document, &operation["parameters"], &mut received);
        for (status, response) in operation["responses"].as_object().expect("responses") {
            if status.starts_with('2') {
                reachable(document, response, &mut sent);
            }
        }
    }
    let (ours, others) = if requests { (&received, &sent) } else { (&sent, &received) };
    let names =
        ours.difference(others).filter(|name| document["components"]["schemas"][*name]["properties"].is_object());
    names.map(|name| format!("/components/schemas/{name}")).collect()
}

pub fn request_objects(document: &Value) -> Vec<String> {
    objects(document, true)
}

pub fn response_objects(document: &Value) -> Vec<String> {
    objects(document, false)
}

pub fn whole(_: &Value) -> Vec<String> {
    vec![String::new()]
}

/// A rule: changes one place of a document, or says that it does not apply there.
pub type Rule = (&'static str, fn(&mut Value) -> Option<()>);

/// Applies each rule to some places of each document; `places` lists pointers.
pub fn mutations(rules: &[Rule], places: fn(&Value) -> Vec<String>) -> Vec<(String, Vec<Difference>)> {
    let mut results = Vec::new();
    for document in documents() {
        for (name, change) in rules {
            let mut applied = 0;
            for place in places(&document) {
                let before = document.pointer(&place).expect("a place");
                let mut after = before.clone();
                if change(&mut after).is_none() {
                    continue;
                }
                assert_ne!(after, *before, "{name} at {place} changes nothing");
                let mut mutated = document.clone();
                *mutated.pointer_mut(&place).expect("a place") = after;
                results.push((format!("{name} at {place}"), compare_documents(&document, &mutated)));
                applied += 1;
                if applied == PLACES {
                    break;
                }
            }
        }
    }
    for (name, _) in rules {
        assert!(results.iter().any(|(mutation, _)| mutation.starts_with(name)), "{name} applies nowhere");
    }
    results
}
