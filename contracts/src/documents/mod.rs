//! Published documents, generated from the registries: one OpenAPI 3.1 document per service, JSON Schema 2020-12 files,
//! and the catalogue of problem codes. Servers embed and serve the committed files, so what is read is what is
//! generated.

mod canonical;
mod catalogue;
mod files;
mod headers;
mod nulls;
mod openapi;
mod parameters;
mod problems;
mod schemas;

use std::path::Path;

use serde_json::Value;

use crate::operation::Operation;
use crate::{auth, captcha, health, movies};

pub use canonical::canonical;

/// Version of the published contracts, in folders and identifiers.
pub const VERSION: &str = "v1";

/// A service that publishes a contract.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// Folder and path segment: `auth`.
    pub name: &'static str,
    /// Title of its document.
    pub title: &'static str,
    /// Introduction of its document, CommonMark.
    pub description: &'static str,
    /// Its operations, without health.
    pub operations: &'static [Operation],
}

/// All services.
pub const SERVICES: [Service; 3] = [
    Service {
        name: "auth",
        title: "Marquee accounts",
        description: include_str!("auth.md"),
        operations: auth::OPERATIONS,
    },
    Service {
        name: "movies",
        title: "Marquee catalogue",
        description: include_str!("movies.md"),
        operations: movies::OPERATIONS,
    },
    Service {
        name: "captcha",
        title: "Marquee captcha",
        description: include_str!("captcha.md"),
        operations: captcha::OPERATIONS,
    },
];

impl Service {
    /// Its operations, health included.
    pub fn all_operations(&self) -> impl Iterator<Item = &'static Operation> + Clone + use<> {
        self.operations.iter().chain(health::OPERATIONS)
    }
}

/// A document that cannot be generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError(String);

impl std::fmt::Display for DocumentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DocumentError {}

/// One published file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Path below `published/v1`: `auth/openapi.json`.
    pub path: String,
    /// Content in [`canonical`] form.
    pub text: String,
}

impl Document {
    fn new(path: String, value: &Value) -> Self {
        Self { path, text: canonical(value) }
    }
}

/// All published files, by path.
///
/// # Errors
/// When two types of a service have the same name: the name of one of them would depend on the order.
pub fn generate() -> Result<Vec<Document>, DocumentError> {
    let mut documents = vec![Document::new("codes.json".into(), &catalogue::codes())];
    for service in &SERVICES {
        let schemas = schemas::ServiceSchemas::of(service)?;
        documents.push(Document::new(format!("{}/openapi.json", service.name), &openapi::document(service, &schemas)));
        documents.extend(files::schema_files(service, &schemas));
    }
    documents.push(Document::new("movies/film-record.schema.json".into(), &files::film_record()));
    documents.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(documents)
}

/// Source of [`crate::published`], which embeds `documents`.
pub fn listing(documents: &[Document]) -> String {
    let mut text = String::from(
        "//! The published documents, embedded. Written by `contracts export`.\n\n\
         /// Name and text of one document.\n\
         pub type Published = (&'static str, &'static str);\n\n\
         macro_rules! embed {\n    ($folder:literal: $($name:literal)*) => {\n        \
         &[$(($name, include_str!(concat!(\"../published/v1/\", $folder, $name)))),*]\n    };\n}\n\n\
         /// The catalogue of problem codes.\n\
         pub const CODES: Published = (\"codes.json\", include_str!(\"../published/v1/codes.json\"));\n",
    );
    for service in &SERVICES {
        let folder = format!("{}/", service.name);
        let constant = service.name.to_uppercase();
        text.push_str(&format!(
            "\n/// Documents of {}.\npub const {constant}: &[Published] = embed! {{ \"{folder}\":\n",
            service.title
        ));
        let names = documents.iter().filter_map(|document| document.path.strip_prefix(&folder));
        names.for_each(|name| text.push_str(&format!("    \"{name}\"\n")));
        text.push_str("};\n");
    }
    text
}

/// Paths of the files below `folder`, sorted; empty when there is none.
pub fn published(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in std::fs::read_dir(current).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(relative) = path.strip_prefix(folder) {
                found.push(relative.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// Paths below `folder` that differ from `documents`: changed, missing or left over.
pub fn stale(folder: &Path, documents: &[Document]) -> Vec<String> {
    let changed = documents
        .iter()
        .filter(|document| std::fs::read_to_string(folder.join(&document.path)).ok().as_deref() != Some(&document.text))
        .map(|document| document.path.clone());
    let left_over =
        published(folder).into_iter().filter(|path| !documents.iter().any(|document| document.path == *path));
    changed.chain(left_over).collect()
}
