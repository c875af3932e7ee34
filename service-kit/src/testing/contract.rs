//! Holds every exchange of a test to the published documents: status, headers, media type, code and body of a response,
//! and parameters and body of a request that was accepted.

use std::collections::HashMap;
use std::sync::LazyLock;

use contracts::codes;
use contracts::published::{AUTH, CAPTCHA, MOVIES};
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::contract_headers::{DocumentedHeaders, target};
use super::contract_request::DocumentedRequest;
use super::contract_schema::Schema;
use super::seen_codes;

/// What was sent and received.
#[derive(Debug, Clone)]
pub(super) struct Exchange<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// Query, without `?`.
    pub query: &'a str,
    /// Media type and content of the request, where it had a body.
    pub request: Option<(&'a str, &'a [u8])>,
    pub status: u16,
    pub media_type: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

#[derive(Debug)]
struct Operation {
    service: &'static str,
    id: String,
    method: String,
    request: DocumentedRequest,
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

/// Checks one exchange and notes its code.
///
/// # Panics
/// As [`complaint`] says.
#[track_caller]
pub(super) fn check(exchange: &Exchange<'_>) {
    if let Some(complaint) = complaint(exchange) {
        panic!("{complaint}");
    }
}

/// Notes the code of one exchange, and says how it breaks the documents of every service that has its path. Paths that
/// are in no document are not checked: they are pages, or endpoints of a test.
pub(super) fn complaint(exchange: &Exchange<'_>) -> Option<String> {
    let matching: Vec<&Operation> = OPERATIONS.iter().filter(|operation| operation.serves(exchange)).collect();
    let Some(most) = matching.iter().map(|operation| operation.request.literals()).max() else {
        note("-", exchange);
        return None;
    };
    let closest = matching.into_iter().filter(|operation| operation.request.literals() == most);
    let judged: Vec<_> = closest.map(|operation| (operation, operation.complaint(exchange))).collect();
    // Services share some paths: their health and their status.
    let mut fitting = judged.iter().filter(|(_, complaint)| complaint.is_empty()).peekable();
    if fitting.peek().is_some() {
        fitting.for_each(|(operation, _)| note(&format!("{}/{}", operation.service, operation.id), exchange));
        return None;
    }
    let complaints: Vec<_> = judged.into_iter().map(|(_, complaint)| complaint).collect();
    let body = String::from_utf8_lossy(exchange.body);
    let (method, path, status) = (exchange.method, exchange.path, exchange.status);
    Some(format!("{method} {path} {status} breaks its contract: {}\n{body}", complaints.join("; ")))
}

/// Notes the code of an exchange that is not checked.
pub(super) fn note(operation: &str, exchange: &Exchange<'_>) {
    seen_codes::note(operation, exchange.status, exchange.media_type, exchange.body);
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
        Self {
            service,
            id: operation["operationId"].as_str().unwrap_or_default().to_owned(),
            method: method.to_ascii_uppercase(),
            request: DocumentedRequest::of(document, path, operation),
            responses,
            headers,
        }
    }

    fn serves(&self, exchange: &Exchange<'_>) -> bool {
        let method = if exchange.method == "HEAD" { "GET" } else { exchange.method };
        self.method == method && self.request.has_path(exchange.path)
    }

    /// The first breach, or an empty text.
    fn complaint(&self, exchange: &Exchange<'_>) -> String {
        if (200..300).contains(&exchange.status) {
            let complaint = self.request.complaint(exchange.path, exchange.query, exchange.request);
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
        Exchange {
            method: "GET",
            path: "/livez",
            query: "",
            request: None,
            status,
            media_type,
            headers: &HEADERS,
            body,
        }
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
