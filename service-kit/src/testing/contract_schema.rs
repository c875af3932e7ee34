//! A schema of a published document, for values of bodies and parameters.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

/// A schema of a document, compiled when it is first needed.
#[derive(Debug)]
pub(super) struct Schema {
    root: Value,
    compiled: OnceLock<Validator>,
}

impl Schema {
    /// A schema of `document`, with the definitions that its references lead to and no others: they take time to
    /// compile.
    pub(super) fn new(document: &Value, schema: &Value) -> Self {
        let mut root = json!({"allOf": [schema]});
        let mut open = vec![schema];
        while let Some(value) = open.pop() {
            open.extend(value.as_object().into_iter().flat_map(|fields| fields.values()));
            open.extend(value.as_array().into_iter().flatten());
            let Some(pointer) = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) else {
                continue;
            };
            let Some(target) = document.pointer(pointer) else { continue };
            if root.pointer(pointer).is_none() {
                let names = pointer.split('/').skip(1);
                *names.fold(&mut root, |place, name| &mut place[name]) = target.clone();
                open.push(target);
            }
        }
        Self { root, compiled: OnceLock::new() }
    }

    /// The schema that is all of `document`.
    pub(super) fn of_file(document: &Value) -> Self {
        Self { root: document.clone(), compiled: OnceLock::new() }
    }

    /// The first breach of a JSON body, or an empty text.
    pub(super) fn complaint(&self, body: &[u8]) -> String {
        let value = serde_json::from_slice::<Value>(body);
        value.map_or_else(|_| "the body is not JSON".to_owned(), |value| self.complaint_of(&value))
    }

    /// The first breach of a text in a path or query, or an empty text. JSON of another type than a text is meant where
    /// the schema says so.
    pub(super) fn complaint_of_text(&self, text: &str) -> String {
        let complaint = self.complaint_of(&text.into());
        match serde_json::from_str::<Value>(text) {
            Ok(value) if !complaint.is_empty() => self.complaint_of(&value),
            _ => complaint,
        }
    }

    /// The first breach, or an empty text.
    pub(super) fn complaint_of(&self, value: &Value) -> String {
        let validator = self.compiled.get_or_init(|| {
            let mut options = jsonschema::options();
            options = options.should_validate_formats(true);
            options.build(&self.root).expect("a published schema is a schema")
        });
        let complaint = validator.iter_errors(value).next();
        complaint.map_or_else(String::new, |error| format!("{} at {}", error, error.instance_path()))
    }
}
