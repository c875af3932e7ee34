//! Holds every exchange of a test to the published documents: status, headers, media type, code and body of a response,
//! and the body of a request that was accepted.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use contracts::codes;
use contracts::published::{AUTH, CAPTCHA, MOVIES};
use jsonschema::Validator;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::contract_headers::{DocumentedHeaders, target};

/// What was sent and received.
#[derive(Debug, Clone)]
pub(super) struct Exchange<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// Media type and content of the request, where it had a body.
    pub request: Option<(&'a str, &'a [u8])>,
    pub status: u16,
    pub media_type: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// A schema of a document, compiled when it is first needed.
#[derive(Debug)]
struct Schema {
    root: Value,
    compiled: OnceLock<Validator>,
}

#[derive(Debug)]
struct Operation {
    service: &'static str,
    method: String,
    /// Segments of the path; `None` is a parameter.
    segments: Vec<Option<String>>,
    request: Option<Schema>,
    /// Schemas by status and media type.
    responses: HashMap<(u16, String), Schema>,
    /// Headers by documented status.
    headers: HashMap<u16, DocumentedHeaders>,
}

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let services = [("auth", AUTH), ("movies", MOVIES), ("captcha", CAPTCHA)];
    let documents = services.into_iter().filter_map(|(service, published)| {
        let (_, text) = published.iter().find(|(name, _)| *name == "openapi.json")?;
        Some((service, serde_json::from_str::<Value>(text).ok()?))
    });
    documents.flat_map(|(service, document)| operations(service, &document)).collect()
});

/// Checks one exchange. Paths that are in no document are not checked: they are pages, or endpoints of a test.
///
/// # Panics
/// When it breaks the documents of every service that has its path.
#[track_caller]
pub(super) fn check(exchange: &Exchange<'_>) {
    let matching: Vec<&Operation> = OPERATIONS.iter().filter(|operation| operation.serves(exchange)).collect();
    let literals = |operation: &Operation| operation.segments.iter().flatten().count();
    let most = matching.iter().map(|operation| literals(operation)).max().unwrap_or(0);
    let complaints: Vec<String> = matching
        .iter()
        .filter(|operation| literals(operation) == most)
        .map(|operation| operation.complaint(exchange))
        .collect();
    // Services share some paths: their health and their status.
    if !complaints.is_empty() && complaints.iter().all(|complaint| !complaint.is_empty()) {
        let body = String::from_utf8_lossy(exchange.body);
        let (method, path, status) = (exchange.method, exchange.path, exchange.status);
        panic!("{method} {path} {status} breaks its contract: {}\n{body}", complaints.join("; "));
    }
}

fn operations(service: &'static str, document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            found.push(Operation::new(service, document, path, method, operation));
        }
    }
    found
}

impl Schema {
    /// A schema of `document`, with the definitions that its references lead to.
    fn new(document: &Value, schema: &Value) -> Self {
        let root = json!({"allOf": [schema], "components": {"schemas": document["components"]["schemas"]}});
        Self { root, compiled: OnceLock::new() }
    }

    /// The first breach, or an empty text.
    fn complaint(&self, body: &[u8]) -> String {
        let Ok(value) = serde_json::from_slice::<Value>(body) else { return "the body is not JSON".to_owned() };
        let validator = self.compiled.get_or_init(|| {
            let mut options = jsonschema::options();
            options = options.should_validate_formats(true);
            options.build(&self.root).expect("a published schema is a schema")
        });
        let complaint = validator.iter_errors(&value).next();
        complaint.map_or_else(String::new, |error| format!("{} at {}", error, error.instance_path()))
    }
}

impl Operation {
    fn new(service: &'static str, document: &Value, path: &str, method: &str, operation: &Value) -> Self {
        let (mut responses, mut headers) = (HashMap::new(), HashMap::new());
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            let Ok(status) = status.parse() else { continue };
            let response = target(document, response);
            headers.insert(status, DocumentedHeaders::of(document, response));
            for (kind, media) in response["content"].as_object().into_iter().flatten() {
                responses.insert((status, kind.clone()), Schema::new(document, &media["schema"]));
            }
        }
        let request = operation.pointer("/requestBody/content/application~1json/schema");
        Self {
            service,
            method: method.to_ascii_uppercase(),
            segments: path.split('/').map(|part| (!part.starts_with('{')).then(|| part.to_owned())).collect(),
            request: request.map(|schema| Schema::new(document, schema)),
            responses,
            headers,
        }
    }

    fn serves(&self, exchange: &Exchange<'_>) -> bool {
        let method = if exchange.method == "HEAD" { "GET" } else { exchange.method };
        let mut parts = exchange.path.split('/');
        let fits = |segment: &Option<String>| match (segment, parts.next()) {
            (Some(literal), Some(part)) => literal == part,
            (None, Some(part)) => !part.is_empty(),
            (_, None) => false,
        };
        self.method == method && self.segments.iter().all(fits) && parts.next().is_none()
    }

    /// The first breach, or an empty text.
    fn complaint(&self, exchange: &Exchange<'_>) -> String {
        let accepted = (200..300).contains(&exchange.status);
        if let (true, Some(schema), Some(("application/json", body))) = (accepted, &self.request, exchange.request) {
            let complaint = schema.complaint(body);
            if !complaint.is_empty() {
                return format!("{}: a request was accepted that is not valid: {complaint}", self.service);
            }
        }
        let Some(headers) = self.headers.get(&exchange.status) else {
            let known = is_before_routing(exchange.body);
            return if known { String::new() } else { format!("{}: the status is not documented", self.service) };
        };
        if let Some(complaint) = headers.complaint(exchange.headers).filter(|_| !is_before_routing(exchange.body)) {
            return format!("{}: {complaint}", self.service);
        }
        if exchange.method == "HEAD" || exchange.body.is_empty() {
            return String::new();
        }
        match self.responses.get(&(exchange.status, exchange.media_type.to_owned())) {
            Some(schema) => match schema.complaint(exchange.body) {
                complaint if complaint.is_empty() || is_before_routing(exchange.body) => String::new(),
                complaint => format!("{}: {complaint}", self.service),
            },
            None => format!("{}: {} is not documented", self.service, exchange.media_type),
        }
    }
}

/// `true` for problems that are answered before a request reaches an operation, and by a gateway.
fn is_before_routing(body: &[u8]) -> bool {
    let code =
        serde_json::from_slice::<Value>(body).ok().and_then(|problem| Some(problem["code"].as_str()?.to_owned()));
    let known = [
        codes::URI_TOO_LONG,
        codes::TOO_MANY_CONNECTIONS,
        codes::HEADERS_TOO_LARGE,
        codes::GATEWAY_UNREACHABLE,
        codes::GATEWAY_TIMEOUT,
    ];
    code.is_some_and(|code| known.iter().any(|known| known.code == code))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    /// Headers of every response.
    static HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| headers(&[]));

    fn headers(further: &[(&'static str, &'static str)]) -> HeaderMap {
        let all = [("x-request-id", "request-1"), ("cache-control", "no-store")].iter().chain(further);
        all.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn exchange<'a>(status: u16, media_type: &'a str, body: &'a str) -> Exchange<'a> {
        let body = body.as_bytes();
        Exchange { method: "GET", path: "/livez", request: None, status, media_type, headers: &HEADERS, body }
    }

    const HEALTHY: &str = r#"{"status":"pass","service":"a","version":"1"}"#;

    #[test]
    fn headers_of_http_itself_need_no_documentation() {
        let headers = headers(&[("date", "Sat, 29 Oct 1994 19:43:31 GMT"), ("server", "nginx")]);
        check(&Exchange { headers: &headers, ..exchange(200, "application/json", HEALTHY) });
    }

    #[test]
    #[should_panic(expected = "header location is not documented")]
    fn a_header_that_is_not_documented_is_a_breach() {
        let headers = headers(&[("location", "/elsewhere")]);
        check(&Exchange { headers: &headers, ..exchange(200, "application/json", HEALTHY) });
    }

    #[test]
    #[should_panic(expected = "header Cache-Control is absent")]
    fn an_absent_header_that_is_documented_as_required_is_a_breach() {
        check(&Exchange { headers: &HeaderMap::new(), ..exchange(200, "application/json", HEALTHY) });
    }

    #[test]
    #[should_panic(expected = "header Retry-After is not")]
    fn a_header_of_another_type_is_a_breach() {
        let problem = r#"{"type":"t","title":"t","status":429,"code":"request.rate_limited","request_id":"request-1"}"#;
        let headers = headers(&[("retry-after", "soon")]);
        let limited = exchange(429, "application/problem+json", problem);
        check(&Exchange { headers: &headers, ..limited });
    }

    #[test]
    fn a_documented_response_passes() {
        check(&exchange(200, "application/json", HEALTHY));
        check(&Exchange { path: "/nowhere", ..exchange(299, "", "") });
    }

    #[test]
    #[should_panic(expected = "\"version\" is a required property")]
    fn a_response_without_a_required_field_is_a_breach() {
        check(&exchange(200, "application/json", r#"{"status":"pass","service":"a"}"#));
    }

    #[test]
    #[should_panic(expected = "the status is not documented")]
    fn a_status_that_is_not_documented_is_a_breach() {
        check(&exchange(201, "application/json", "{}"));
    }

    #[test]
    #[should_panic(expected = "text/plain is not documented")]
    fn another_media_type_is_a_breach() {
        check(&exchange(200, "text/plain", "pass"));
    }

    #[test]
    #[should_panic(expected = "a request was accepted that is not valid")]
    fn an_accepted_request_that_is_not_valid_is_a_breach() {
        let body = br#"{"email": "anna@example.org"}"#;
        let request = Some(("application/json", body.as_slice()));
        check(&Exchange {
            method: "POST",
            path: "/api/v1/sessions",
            request,
            ..exchange(201, "application/json", "{}")
        });
    }
}
