//! Requests to stubs, and their responses.

use actix_web::HttpRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::form_urlencoded;

use crate::kind::Endpoint;

/// A received request.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its endpoint.
    pub endpoint: Endpoint,
    /// Its HTTP method.
    pub method: String,
    /// Parameters of the URL.
    pub query: Vec<(String, String)>,
    /// Fields of the body.
    pub form: Vec<(String, String)>,
    /// Headers with lower-case names.
    pub headers: Vec<(String, String)>,
}

impl Call {
    pub(crate) fn read(endpoint: Endpoint, request: &HttpRequest, body: &[u8]) -> Self {
        let header = |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Self {
            endpoint,
            method: request.method().to_string(),
            query: pairs(request.query_string().as_bytes()),
            form: pairs(body),
            headers: request.headers().iter().map(header).collect(),
        }
    }

    /// A field of the body.
    pub fn field(&self, name: &str) -> Option<&str> {
        find(&self.form, name)
    }

    /// A parameter of the URL.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// A header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Id and secret of HTTP Basic, decoded twice: from base64 and from form encoding.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let encoded = self.header("authorization")?.strip_prefix("Basic ")?;
        let plain = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (id, secret) = plain.split_once(':')?;
        let decoded = |text: &str| pairs(format!("x={text}").as_bytes()).pop().map(|(_, value)| value);
        Some((decoded(id)?, decoded(secret)?))
    }
}

pub(crate) fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

pub(crate) fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// A response of a stub, before any fault.
#[derive(Debug)]
pub(crate) enum Reply {
    Json(u16, Value),
    Jwt(String),
    Page(u16, String),
    Redirect(String),
}

impl Reply {
    /// An OAuth error.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::Json(status, serde_json::json!({ "error": code, "error_description": "injected by the test" }))
    }
}
