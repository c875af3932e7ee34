//! Failures of auth-service to check a token.

use contracts::codes;
use contracts::movies::access::DegradedReason;
use contracts::problem::{Code, Problem};

/// A failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing listens on its port.
    RefusesConnections,
    /// It accepts the request and never responds.
    Hangs,
    /// It sends the head of a response and never the body.
    StallsInTheBody,
    /// It responds with an error.
    Returns500,
    /// It is overloaded.
    Returns503,
    /// It limits this client.
    Returns429,
    /// Its success is no JSON.
    ReturnsHtml,
    /// Its success is JSON, but no introspection response.
    ReturnsOtherJson,
    /// It calls a token active without a subject.
    ReturnsActiveAlone,
    /// Its response has the right members with values of another type.
    ReturnsOtherTypes,
    /// Its response is an array, with the values of the members by position.
    ReturnsAnArray,
    /// Its response is no HTTP.
    ReturnsNoHttp,
    /// It closes the connection after the request.
    ClosesConnection,
    /// It closes the connection in the middle of the response.
    BreaksOff,
    /// It rejects the client.
    RejectsClient,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::RefusesConnections,
        Self::Hangs,
        Self::StallsInTheBody,
        Self::Returns500,
        Self::Returns503,
        Self::Returns429,
        Self::ReturnsHtml,
        Self::ReturnsOtherJson,
        Self::ReturnsActiveAlone,
        Self::ReturnsOtherTypes,
        Self::ReturnsAnArray,
        Self::ReturnsNoHttp,
        Self::ClosesConnection,
        Self::BreaksOff,
        Self::RejectsClient,
    ];

    /// The reason that movies-api must report.
    pub fn reason(self) -> &'static str {
        let reason = match self {
            Self::Hangs | Self::StallsInTheBody => DegradedReason::Timeout,
            Self::Returns500
            | Self::Returns503
            | Self::ReturnsHtml
            | Self::ReturnsOtherJson
            | Self::ReturnsActiveAlone
            | Self::ReturnsOtherTypes
            | Self::ReturnsAnArray => DegradedReason::ErrorAnswer,
            Self::Returns429 => DegradedReason::Saturated,
            Self::RejectsClient => DegradedReason::Misconfigured,
            Self::RefusesConnections | Self::ReturnsNoHttp | Self::ClosesConnection | Self::BreaksOff => {
                DegradedReason::Unreachable
            }
        };
        reason.as_str()
    }

    /// The bytes it writes, and `true` when the connection stays open.
    pub(super) fn reply(self) -> (Vec<u8>, bool) {
        match self {
            Self::RefusesConnections | Self::ClosesConnection => (Vec::new(), false),
            Self::Hangs => (Vec::new(), true),
            Self::StallsInTheBody => (head(200, "application/json", 100), true),
            Self::BreaksOff => ([head(200, "application/json", 100), b"{\"acti".to_vec()].concat(), false),
            Self::ReturnsNoHttp => (b"220 mail.example ESMTP\r\n\r\n".to_vec(), false),
            Self::ReturnsHtml => (answer(200, "text/html", b"<html>It works!</html>"), true),
            Self::ReturnsOtherJson => (json(r#"{"status":"pass"}"#), true),
            Self::ReturnsActiveAlone => (json(r#"{"active":true}"#), true),
            Self::ReturnsOtherTypes => (json(r#"{"active":true,"sub":7,"exp":"tomorrow"}"#), true),
            Self::ReturnsAnArray => (json(r#"[true,"0198c5d2-6a50-7000-8000-000000000000",null,4294967295]"#), true),
            Self::Returns500 => (problem(codes::INTERNAL), true),
            Self::Returns503 => (with_retry_after(problem(codes::UNAVAILABLE)), true),
            Self::Returns429 => (with_retry_after(answer(429, "text/plain", b"slow down")), true),
            Self::RejectsClient => (problem(codes::CLIENT_REJECTED), true),
        }
    }
}

fn json(body: &str) -> Vec<u8> {
    answer(200, "application/json", body.as_bytes())
}

/// The same response with a `Retry-After`.
fn with_retry_after(answer: Vec<u8>) -> Vec<u8> {
    let end = answer.windows(2).position(|end| end == b"\r\n").expect("a status line");
    [&answer[..end], b"\r\nretry-after: 5", &answer[end..]].concat()
}

/// A complete response.
pub(super) fn answer(status: u16, content_type: &str, body: &[u8]) -> Vec<u8> {
    [&head(status, content_type, body.len()), body].concat()
}

/// A problem document as auth-service writes it.
pub(super) fn problem(code: &Code) -> Vec<u8> {
    let problem = Problem {
        type_uri: code.type_uri(),
        title: code.title.to_owned(),
        status: code.status,
        detail: None,
        code: code.code.to_owned(),
        request_id: "of-auth-service".to_owned(),
        errors: Vec::new(),
        retry_after_ms: None,
        violated_policies: Vec::new(),
        captcha: None,
        phone: None,
        claimed: None,
        oauth: None,
    };
    let body = serde_json::to_vec(&problem).expect("a problem is JSON");
    answer(code.status, contracts::problem::CONTENT_TYPE, &body)
}

fn head(status: u16, content_type: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 {status} -\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n").into_bytes()
}
