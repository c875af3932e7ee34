//! The ways in which auth-service can fail to say whose token something is.

use contracts::codes;
use contracts::movies::access::DegradedReason;
use contracts::problem::{Code, Problem};

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Nothing listens at its port.
    RefusesConnections,
    /// It takes the request and never answers.
    Hangs,
    /// It sends the head of an answer and never the body.
    StallsInTheBody,
    /// It fails.
    Says500,
    /// It is overloaded.
    Says503,
    /// It limits this client.
    Says429,
    /// Its success is no JSON.
    SaysGarbage,
    /// Its success is JSON, but no answer to the question.
    SaysOtherJson,
    /// It calls a token active and does not say whose it is.
    SaysActiveAlone,
    /// Its answer holds the right members with values of another type.
    SaysOtherTypes,
    /// Its answer is an array, with the values of the members by position.
    SaysAnArray,
    /// Its answer is no HTTP.
    SpeaksNoHttp,
    /// It closes the connection when it has the request.
    ClosesConnection,
    /// It closes the connection in the middle of the answer.
    BreaksOff,
    /// It does not know the client.
    RejectsClient,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::RefusesConnections,
        Self::Hangs,
        Self::StallsInTheBody,
        Self::Says500,
        Self::Says503,
        Self::Says429,
        Self::SaysGarbage,
        Self::SaysOtherJson,
        Self::SaysActiveAlone,
        Self::SaysOtherTypes,
        Self::SaysAnArray,
        Self::SpeaksNoHttp,
        Self::ClosesConnection,
        Self::BreaksOff,
        Self::RejectsClient,
    ];

    /// What movies-api has to say about it.
    pub fn reason(self) -> &'static str {
        let reason = match self {
            Self::Hangs | Self::StallsInTheBody => DegradedReason::Timeout,
            Self::Says500
            | Self::Says503
            | Self::SaysGarbage
            | Self::SaysOtherJson
            | Self::SaysActiveAlone
            | Self::SaysOtherTypes
            | Self::SaysAnArray => DegradedReason::ErrorAnswer,
            Self::Says429 => DegradedReason::Saturated,
            Self::RejectsClient => DegradedReason::Misconfigured,
            Self::RefusesConnections | Self::SpeaksNoHttp | Self::ClosesConnection | Self::BreaksOff => {
                DegradedReason::Unreachable
            }
        };
        reason.as_str()
    }

    /// What it writes to the connection; whether it leaves it open after that.
    pub(super) fn reply(self) -> (Vec<u8>, bool) {
        match self {
            Self::RefusesConnections | Self::ClosesConnection => (Vec::new(), false),
            Self::Hangs => (Vec::new(), true),
            Self::StallsInTheBody => (head(200, "application/json", 100), true),
            Self::BreaksOff => ([head(200, "application/json", 100), b"{\"acti".to_vec()].concat(), false),
            Self::SpeaksNoHttp => (b"220 mail.example ESMTP\r\n\r\n".to_vec(), false),
            Self::SaysGarbage => (answer(200, "text/html", b"<html>It works!</html>"), true),
            Self::SaysOtherJson => (json(r#"{"status":"pass"}"#), true),
            Self::SaysActiveAlone => (json(r#"{"active":true}"#), true),
            Self::SaysOtherTypes => (json(r#"{"active":true,"sub":7,"exp":"tomorrow"}"#), true),
            Self::SaysAnArray => (json(r#"[true,"0198c5d2-6a50-7000-8000-000000000000",null,4294967295]"#), true),
            Self::Says500 => (problem(codes::INTERNAL), true),
            Self::Says503 => (later(problem(codes::UNAVAILABLE)), true),
            Self::Says429 => (later(answer(429, "text/plain", b"slow down")), true),
            Self::RejectsClient => (problem(codes::CLIENT_REJECTED), true),
        }
    }
}

fn json(body: &str) -> Vec<u8> {
    answer(200, "application/json", body.as_bytes())
}

/// The same answer, with a time to come back.
fn later(answer: Vec<u8>) -> Vec<u8> {
    let end = answer.windows(2).position(|end| end == b"\r\n").expect("a status line");
    [&answer[..end], b"\r\nretry-after: 5", &answer[end..]].concat()
}

/// A whole answer.
pub(super) fn answer(status: u16, content_type: &str, body: &[u8]) -> Vec<u8> {
    [&head(status, content_type, body.len()), body].concat()
}

/// A problem as auth-service writes it.
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
    };
    let body = serde_json::to_vec(&problem).expect("a problem is JSON");
    answer(code.status, contracts::problem::CONTENT_TYPE, &body)
}

fn head(status: u16, content_type: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 {status} -\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n").into_bytes()
}
