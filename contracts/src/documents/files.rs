//! Standalone JSON Schema files: one for each body of a request and of a success, self-contained, with an absolute `$id`.

use std::collections::BTreeMap;

use schemars::generate::Contract;
use serde_json::{Value, json};

use super::schemas::{EMPTY, ServiceSchemas, generator, portable, reference};
use super::{Document, Service, VERSION};
use crate::movies::import::FilmRecord;

/// Schema files of a service.
pub(super) fn schema_files(service: &Service, schemas: &ServiceSchemas) -> Vec<Document> {
    let bodies = schemas.operations.iter().flat_map(|operation| [&operation.body, &operation.output]);
    let names: BTreeMap<&str, &Value> = bodies
        .filter_map(|schema| Some((reference(schema)?, schema)))
        .chain([("Problem", &schemas.definitions["Problem"])])
        .filter(|(name, _)| !EMPTY.contains(name))
        .collect();
    let file = |(name, schema): (&str, &Value)| {
        let kebab = kebab_case(name);
        let root = schemas.resolve(schema).clone();
        let id = format!("urn:marquee:schema:{VERSION}:{}:{kebab}", service.name);
        let needed = schemas.needed_by(&root);
        Document::new(format!("{}/{kebab}.schema.json", service.name), &complete(root, &id, name, needed))
    };
    names.into_iter().map(file).collect()
}

/// Schema of one line of an import file, as read.
pub(super) fn film_record() -> Value {
    let mut schema = generator(Contract::Deserialize).into_root_schema_for::<FilmRecord>().to_value();
    portable(&mut schema);
    schema["$id"] = json!(format!("urn:marquee:schema:{VERSION}:film-record"));
    schema
}

fn complete(mut root: Value, id: &str, title: &str, needed: BTreeMap<String, Value>) -> Value {
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["$id"] = json!(id);
    root["title"] = json!(title);
    if !needed.is_empty() {
        root["$defs"] = needed.into_iter().collect();
    }
    root
}

/// `LogInRequest` as `log-in-request`.
fn kebab_case(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (index, c) in name.char_indices() {
        if c.is_ascii_uppercase() && index > 0 {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}
