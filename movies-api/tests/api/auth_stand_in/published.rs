//! The published files of auth-service that movies-api depends on, read from the folder when a test runs.

use std::sync::LazyLock;

use serde_json::Value;
use service_kit::testing::{PublishedSchema, form_fields, published_operation_takes};

static REQUEST: LazyLock<PublishedSchema> = LazyLock::new(|| PublishedSchema::read("auth/introspect-request"));
pub static RESPONSE: LazyLock<PublishedSchema> = LazyLock::new(|| PublishedSchema::read("auth/introspect-response"));

/// A request as it arrived.
pub struct Sent<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub media_type: &'a str,
    pub body: &'a [u8],
}

/// Breaches of the published files by a request of movies-api and by the answer to it.
pub fn breaches(sent: &Sent<'_>, answer: &Value) -> Vec<String> {
    let operation = published_operation_takes("auth", sent.method, sent.path, sent.media_type);
    let bodies = [REQUEST.complaint(&form_fields(sent.body)), RESPONSE.complaint(answer)];
    operation.err().into_iter().chain(bodies).filter(|complaint| !complaint.is_empty()).collect()
}
