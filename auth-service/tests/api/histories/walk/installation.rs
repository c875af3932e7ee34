//! The installation under test, as a history sees it: requests, mails, crashes, time.

use serde_json::Value;

use super::mail::Received;

/// Milliseconds since 1970.
pub type Time = i64;

/// Origin of the account pages.
pub const ORIGIN: &str = "http://auth.test";

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
    /// Method, in capitals.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// Headers beside those of the body.
    pub headers: Vec<(&'static str, String)>,
    /// Body with its media type.
    pub body: Option<(&'static str, String)>,
}

impl Call {
    /// Without a body.
    pub fn new(method: &'static str, target: impl Into<String>) -> Self {
        let headers = vec![("accept-language", "en".to_owned())];
        Self { method, target: target.into(), headers, body: None }
    }

    /// With an access token.
    pub fn bearer(mut self, token: &str) -> Self {
        self.headers.push(("authorization", format!("Bearer {token}")));
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        Self { body: Some(("application/json", body.to_string())), ..self }
    }

    /// A form of one of the pages, with the cookies of the browser.
    pub fn form(mut self, cookies: &[String], fields: &[(&str, &str)]) -> Self {
        let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.headers.push(("origin", ORIGIN.to_owned()));
        self.headers.push(("cookie", cookies.join("; ")));
        Self { body: Some(("application/x-www-form-urlencoded", body)), ..self }
    }

    /// All headers, with the media type of the body.
    pub fn all_headers(&self) -> Vec<(&str, &str)> {
        let own = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        own.chain(self.body.iter().map(|(kind, _)| ("content-type", *kind))).collect()
    }

    /// The content of the body.
    pub fn content(&self) -> &[u8] {
        self.body.as_ref().map_or(&[], |(_, text)| text.as_bytes())
    }
}

/// Percent-encoding of the value of a form.
fn encoded(value: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    value.bytes().map(byte).collect()
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// The body.
    pub text: String,
    /// `name=value` of the cookies that it sets.
    pub cookies: Vec<String>,
}

impl Reply {
    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The code of a problem; empty for a success.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A hidden field of the last form of a page.
    pub fn hidden(&self, name: &str) -> Option<String> {
        let (_, rest) = self.text.rsplit_once(&format!("name=\"{name}\" value=\""))?;
        Some(rest.split('"').next()?.to_owned())
    }
}

/// A running auth-service on its database, its keys and its mailboxes.
pub trait Installation {
    /// Sends a request and waits for the answer.
    fn call(&mut self, call: &Call) -> Reply;

    /// Sends a request, crashes while it is served or after that, and starts again. The answer is lost. The crash
    /// comes the later, the greater `progress` is; it has no unit.
    fn crash_during(&mut self, call: &Call, progress: u32);

    /// Sends the mails that are due, crashes meanwhile or after that, and starts again.
    fn crash_during_delivery(&mut self, progress: u32);

    /// Sends the mails that are due, and returns those that have arrived since it was called before. What a dead
    /// process was about to send is due.
    fn deliver(&mut self) -> Vec<Received>;

    /// The time of its clock.
    fn now(&self) -> Time;

    /// Lets time pass and then does the hourly work on addresses; `false` where time cannot be moved.
    fn advance(&mut self, seconds: u64) -> bool;
}
