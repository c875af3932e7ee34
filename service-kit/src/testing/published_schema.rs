//! A schema file of `contracts/published`, read when a test runs: a client is held to the file, not to the types that the
//! file was generated from.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::contract_schema::Schema;
use super::variants::{Generator, Samples, Variant};

/// A published schema.
#[derive(Debug)]
pub struct PublishedSchema {
    name: String,
    document: Arc<Value>,
    schema: Schema,
}

impl PublishedSchema {
    /// The schema in the file `name`, such as `auth/introspect-response`.
    ///
    /// # Panics
    /// When there is no such file.
    pub fn read(name: &str) -> Self {
        let document = read(&format!("{name}.schema.json"));
        Self { name: name.to_owned(), schema: Schema::of_file(&document), document }
    }

    /// The first breach of `value`, or an empty text. A field that the file does not name is one, too: a client that
    /// sends it, or is tested with it, relies on what is not published.
    pub fn complaint(&self, value: &Value) -> String {
        let unknown = value.as_object().into_iter().flatten().map(|(name, _)| name);
        let mut unknown = unknown.filter(|name| self.document["properties"].get(name.as_str()).is_none());
        let complaint = match unknown.next() {
            Some(name) => format!("{name} is not in the file"),
            None => self.schema.complaint_of(value),
        };
        if complaint.is_empty() { complaint } else { format!("{}: {complaint}", self.name) }
    }

    /// Variants of `base`; see [`Variant`].
    ///
    /// # Panics
    /// When `base` is not valid.
    pub fn variants(&self, base: &Value, samples: Samples<'_>) -> Vec<Variant> {
        Generator { document: &self.document, samples }.variants(&self.document, base)
    }
}

/// Checks that the document of `service` has `method` at `path` and takes `media_type` there.
///
/// # Errors
/// A complaint, when it does not.
pub fn published_operation_takes(service: &str, method: &str, path: &str, media_type: &str) -> Result<(), String> {
    let document = read(&format!("{service}/openapi.json"));
    let operation = &document["paths"][path][method.to_ascii_lowercase()];
    match operation["requestBody"]["content"].get(media_type) {
        Some(_) => Ok(()),
        None => Err(format!("{service}: no {method} {path} that takes {media_type}")),
    }
}

/// A form as an object of texts.
pub fn form_fields(body: &[u8]) -> Value {
    let fields = url::form_urlencoded::parse(body);
    fields.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect::<Map<_, _>>().into()
}

/// The published document `file`, read once per process: it is asked for with each request of a client.
fn read(file: &str) -> Arc<Value> {
    static DOCUMENTS: LazyLock<Mutex<HashMap<String, Arc<Value>>>> = LazyLock::new(Mutex::default);
    let mut documents = DOCUMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let document = documents.entry(file.to_owned()).or_insert_with(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/published/v1").join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Arc::new(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    });
    Arc::clone(document)
}
