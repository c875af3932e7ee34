//! One typed call over HTTP.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix_web::http::header::HttpDate;
use contracts::endpoint::{BodyFormat, Endpoint, Method};
use contracts::headers::{REQUEST_DEADLINE, REQUEST_ID};
use contracts::json;
use contracts::problem::Problem;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use tokio::time::Instant;
use url::Url;

use super::failure::{CallError, FailureKind};
use super::retries::RetryBudget;
use super::span::ClientSpan;
use crate::base::clock::{Clock, SystemClock};

/// Maximum size of a response, in bytes.
const MAX_RESPONSE: usize = 1024 * 1024;
/// Slack of the transport's own timer. The caller enforces the deadline; a response that arrived in time is still read
/// by a thread that was too busy to do so at once.
const SLACK: Duration = Duration::from_millis(20);
/// Characters not escaped in a path segment (RFC 3986 §2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Credentials of the caller.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// No credentials.
    None,
    /// A service client (HTTP Basic).
    Service {
        /// Its name.
        client_id: String,
        /// Its secret.
        secret: SecretString,
    },
    /// A user's access token.
    Bearer(SecretString),
}

/// Context of a call, taken from the request that caused it.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// Id of the request.
    pub request_id: String,
    /// Deadline of the response.
    pub deadline: Instant,
}

impl CallContext {
    /// For the request `request_id`, with a deadline after `budget`.
    pub fn new(request_id: impl Into<String>, budget: Duration) -> Self {
        Self { request_id: request_id.into(), deadline: Instant::now() + budget }
    }
}

/// A client of one service. Cheap to clone; connections are shared and kept alive.
#[derive(Debug, Clone)]
pub struct ServiceClient {
    http: reqwest::Client,
    base: Url,
    credentials: Credentials,
    retries: Arc<RetryBudget>,
}

impl ServiceClient {
    /// For the service at `base`. Redirects and proxies are not used: services are at the configured address.
    ///
    /// # Errors
    /// When the TLS settings of this machine cannot be read.
    #[expect(clippy::disallowed_methods, reason = "the client that others take")]
    pub fn new(base: Url, credentials: Credentials) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(2))
            .pool_idle_timeout(Duration::from_secs(60)) // below the server's keep-alive, so that this side closes first
            .tcp_nodelay(true)
            .build()?;
        Ok(Self { http, base, credentials, retries: Arc::new(RetryBudget::new()) })
    }

    /// Calls endpoint `E`. An idempotent call is retried once, within the same deadline and a retry budget (10 % of the
    /// calls and one per second), after a 5xx, or when its connection was closed before a response (a kept-alive
    /// connection that the server had closed). A response with `Retry-After` is not retried.
    ///
    /// # Errors
    /// [`CallError::Refused`] when the response is a 4xx problem, otherwise [`CallError::Failed`] or
    /// [`CallError::RetryAfter`].
    pub async fn call<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: &E::Body,
        context: &CallContext,
    ) -> Result<E::Output, CallError> {
        let url = self.url::<E>(path)?;
        self.retries.deposit();
        let first = self.traced::<E>(url.clone(), query, body, context, 0).await;
        let Err(CallError::Failed(FailureKind::ConnectionTerminated | FailureKind::ServerError)) = first else {
            return first;
        };
        if E::IDEMPOTENT && Instant::now() < context.deadline && self.retries.withdraw() {
            self.traced::<E>(url, query, body, context, 1).await
        } else {
            first
        }
    }

    async fn traced<E: Endpoint>(
        &self,
        url: Url,
        query: &E::Query,
        body: &E::Body,
        context: &CallContext,
        resend: u8,
    ) -> Result<E::Output, CallError> {
        let mut span = ClientSpan::start::<E>(&self.base, context.deadline, resend);
        let outcome = self.attempt::<E>(url, query, body, context, &mut span).await;
        span.end(outcome.as_ref().err());
        outcome
    }

    async fn attempt<E: Endpoint>(
        &self,
        url: Url,
        query: &E::Query,
        body: &E::Body,
        context: &CallContext,
        span: &mut ClientSpan,
    ) -> Result<E::Output, CallError> {
        let left = context.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(CallError::Failed(FailureKind::ResponseTimeout));
        }
        let request = self
            .http
            .request(verb(E::METHOD), url)
            .query(query)
            .timeout(left + SLACK)
            .header(REQUEST_ID, &context.request_id)
            .header(REQUEST_DEADLINE, left.as_millis().to_string());
        let request = match E::BODY {
            BodyFormat::None => request,
            BodyFormat::Json | BodyFormat::FormOrJson => request.json(body),
            BodyFormat::Form => request.form(body),
        };
        let response = span.send(self.authenticate(request)).send().await.map_err(|error| failed(&error))?;
        span.status(response.status());
        read::<E>(response).await
    }

    fn authenticate(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.credentials {
            Credentials::None => request,
            Credentials::Service { client_id, secret } => request.basic_auth(client_id, Some(secret.expose_secret())),
            Credentials::Bearer(token) => request.bearer_auth(token.expose_secret()),
        }
    }

    /// Fills the path template. Parameters that do not fit are an error of the contract, not of the other side.
    fn url<E: Endpoint>(&self, path: &E::Path) -> Result<Url, CallError> {
        let misconfigured = || CallError::Failed(FailureKind::Misconfigured);
        let mut filled = E::PATH.to_owned();
        for (name, value) in parameters(path).ok_or_else(misconfigured)? {
            filled = filled.replace(&format!("{{{name}}}"), &utf8_percent_encode(&value, SEGMENT).to_string());
        }
        self.base.join(&filled).map_err(|_| misconfigured())
    }
}

fn verb(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// The fields of a flat struct of texts.
fn parameters(path: &impl Serialize) -> Option<Vec<(String, String)>> {
    match serde_json::to_value(path).ok()? {
        serde_json::Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| Some((name, value.as_str().map_or_else(|| value.to_string(), str::to_owned))))
            .collect(),
        _ => None,
    }
}

fn failed(error: &reqwest::Error) -> CallError {
    CallError::Failed(FailureKind::of(error))
}

async fn read<E: Endpoint>(response: Response) -> Result<E::Output, CallError> {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let body = bounded(response).await?;
    if status.as_u16() == E::SUCCESS {
        let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
        return json::from_slice(body).map_err(|_| CallError::Failed(FailureKind::MalformedBody));
    }
    let kind = match status {
        StatusCode::TOO_MANY_REQUESTS => FailureKind::Throttled,
        status if status.is_server_error() => FailureKind::ServerError,
        status if status.is_client_error() => match json::from_slice::<Problem>(&body) {
            Ok(problem) => return Err(CallError::Refused(Box::new(problem))),
            Err(_) => FailureKind::MalformedBody,
        },
        _ => FailureKind::MalformedBody,
    };
    match retry_after {
        Some(after) if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
            Err(CallError::RetryAfter { kind, after })
        }
        _ => Err(CallError::Failed(kind)),
    }
}

/// Seconds or a date (RFC 9110 §10.2.3); `None` for zero, dates in the past and unreadable values.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let after = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => SystemTime::from(text.parse::<HttpDate>().ok()?).duration_since(SystemClock.now().into()).ok()?,
    };
    (!after.is_zero()).then_some(after)
}

async fn bounded(mut response: Response) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
        if body.len() + chunk.len() > MAX_RESPONSE {
            return Err(CallError::Failed(FailureKind::ResponseTooLarge));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
