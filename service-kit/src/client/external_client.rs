//! Calls to external hosts, such as the endpoints of an identity provider: bounded in time and size, no redirects; spans,
//! metrics and logs contain nothing of request and response but a fixed name of the call.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::IgnoredAny;
use tokio::time::Instant;
use url::Url;

use super::breaker::{Breaker, BreakerError};
use super::egress_policy::{EgressPolicy, FilteringResolver};
use super::failure::{CallError, FailureKind};
use super::span::ClientSpan;

/// Maximum size of a response, in bytes.
pub const MAX_EXTERNAL_RESPONSE: usize = 256 * 1024;

/// Bounds of an [`ExternalClient`].
#[derive(Debug, Clone, Copy)]
pub struct ExternalClientSettings {
    /// Timeout of one call, from the name resolution to the last byte.
    pub timeout: Duration,
    /// Reachable addresses.
    pub egress: EgressPolicy,
}

/// Client of an external service, behind a breaker. Clones share connections and breaker.
#[derive(Debug, Clone)]
pub struct ExternalClient {
    http: reqwest::Client,
    breaker: Breaker,
    settings: ExternalClientSettings,
}

/// Request to an external service. Sent with `Accept: application/json`, without cookies, and without trace context.
pub struct ExternalRequest {
    what: &'static str,
    method: Method,
    url: Url,
    headers: Vec<(HeaderName, HeaderValue)>,
    form: Option<Vec<u8>>,
    body: ExpectedBody,
}

/// Required format of the body of a success.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ExpectedBody {
    Json,
    JsonOrJws,
    Any,
}

impl ExpectedBody {
    fn accepts(self, body: &[u8]) -> bool {
        let is_json = || serde_json::from_slice::<IgnoredAny>(body).is_ok();
        match self {
            Self::Json => is_json(),
            Self::JsonOrJws => is_json() || is_jws(body),
            Self::Any => true,
        }
    }
}

/// `true` for a compact serialization (RFC 7515 §7.1): three parts of base64url.
fn is_jws(body: &[u8]) -> bool {
    let part = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let body = body.trim_ascii();
    body.split(|byte| *byte == b'.').count() == 3 && body.split(|byte| *byte == b'.').all(part)
}

/// URLs, headers and forms hold secrets.
impl std::fmt::Debug for ExternalRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExternalRequest").field("what", &self.what).finish_non_exhaustive()
    }
}

/// A success or a client error (4xx).
pub struct ExternalResponse {
    /// 2xx or 4xx.
    pub status: u16,
    /// JSON in a success, whatever its content type (some send `text/html`), unless the call accepts any body. In a
    /// client error any body.
    pub body: Vec<u8>,
}

/// Bodies hold tokens and addresses.
impl std::fmt::Debug for ExternalResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExternalResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

impl ExternalResponse {
    /// `true` for 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl ExternalRequest {
    /// A GET request. `what` is its name in metrics and spans, such as `userinfo`.
    pub fn get(what: &'static str, url: Url) -> Self {
        Self { what, method: Method::GET, url, headers: Vec::new(), form: None, body: ExpectedBody::Json }
    }

    /// A POST request with an encoded form.
    pub fn post(what: &'static str, url: Url, form: Vec<u8>) -> Self {
        Self { what, method: Method::POST, url, headers: Vec::new(), form: Some(form), body: ExpectedBody::Json }
    }

    /// Sets `Authorization`, such as `Bearer …`. A value that cannot be a header is omitted, and the request rejected
    /// by the other side.
    #[must_use]
    pub fn authorized(self, value: &str) -> Self {
        match HeaderValue::try_from(value) {
            Ok(mut value) => {
                value.set_sensitive(true);
                self.header(AUTHORIZATION, value)
            }
            Err(_) => self,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Accepts any body, also an empty one.
    #[must_use]
    pub fn any_body(mut self) -> Self {
        self.body = ExpectedBody::Any;
        self
    }

    /// Accepts a signed token (`application/jwt`) as well.
    #[must_use]
    pub fn json_or_jws(mut self) -> Self {
        self.body = ExpectedBody::JsonOrJws;
        self
    }
}

impl ExternalClient {
    /// A client whose failures are counted by `breaker`. Redirects and proxies are not used.
    ///
    /// # Errors
    /// When the TLS settings of this machine cannot be read.
    #[expect(clippy::disallowed_methods, reason = "the client that others take")]
    pub fn new(breaker: Breaker, settings: ExternalClientSettings) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .user_agent("marquee")
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(FilteringResolver(settings.egress)))
            .connect_timeout(Duration::from_secs(2))
            .pool_idle_timeout(Duration::from_secs(30))
            .tcp_nodelay(true)
            .build()?;
        Ok(Self { http, breaker, settings })
    }

    /// Breaker that counts the failures.
    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Makes one call. Failures are 3xx, 5xx, a timeout, too large a body, a success that is not JSON, and a blocked
    /// address. A client error is none, whatever its body: input of untrusted clients, such as codes, may trigger a
    /// firewall of the other side, and must not open the breaker for all.
    ///
    /// # Errors
    /// [`BreakerError`]; never [`CallError::Refused`].
    pub async fn call(&self, call: ExternalRequest) -> Result<ExternalResponse, BreakerError> {
        let timeout = self.settings.timeout;
        self.breaker.call(timeout, self.traced(call, Instant::now() + timeout)).await
    }

    async fn traced(&self, call: ExternalRequest, deadline: Instant) -> Result<ExternalResponse, CallError> {
        let method = if call.method == Method::GET { "GET" } else { "POST" };
        let mut span = ClientSpan::start_call(method, call.what, &call.url, deadline, 0);
        let outcome = self.attempt(call, &mut span).await.map_err(CallError::Failed);
        span.end(outcome.as_ref().err());
        outcome
    }

    async fn attempt(&self, call: ExternalRequest, span: &mut ClientSpan) -> Result<ExternalResponse, FailureKind> {
        if !self.settings.egress.allows_host(&call.url) {
            return Err(FailureKind::DestinationProhibited);
        }
        let expected = call.body;
        let response = self.request(call).send().await.map_err(|error| FailureKind::of(&error))?;
        let status = response.status();
        span.status(status);
        match status {
            StatusCode::TOO_MANY_REQUESTS => return Err(FailureKind::Throttled),
            status if status.is_server_error() => return Err(FailureKind::ServerError),
            status if !status.is_success() && !status.is_client_error() => return Err(FailureKind::Redirected),
            _ => {}
        }
        let mut body = bounded(response).await?;
        // RFC 8259 §8.1: a byte order mark may be ignored.
        if body.starts_with(b"\xef\xbb\xbf") {
            body.drain(..3);
        }
        if status.is_success() && !expected.accepts(&body) {
            return Err(FailureKind::MalformedBody);
        }
        Ok(ExternalResponse { status: status.as_u16(), body })
    }

    fn request(&self, call: ExternalRequest) -> RequestBuilder {
        let mut request = self.http.request(call.method, call.url).timeout(self.settings.timeout);
        request = request.header(ACCEPT, "application/json");
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        match call.form {
            Some(form) => request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form),
            None => request,
        }
    }
}

async fn bounded(mut response: Response) -> Result<Vec<u8>, FailureKind> {
    let content_length = response.content_length().unwrap_or_default();
    if content_length > MAX_EXTERNAL_RESPONSE as u64 {
        return Err(FailureKind::ResponseTooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| FailureKind::of(&error))? {
        if body.len() + chunk.len() > MAX_EXTERNAL_RESPONSE {
            return Err(FailureKind::ResponseTooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
