//! Errors of handlers: a code of [`contracts::codes`], details, and a retry time.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use contracts::codes;
use contracts::error_format::ErrorFormat;
use contracts::problem::{Code, FieldError, Problem};

use super::causes::causes;

type Source = Arc<dyn Error + Send + Sync>;

/// An error before it is rendered as a problem document. Its cause is kept until the response is written, logged there
/// once, and never shown to the caller.
#[derive(Debug, Clone)]
pub struct ApiError {
    code: &'static Code,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    challenge: Option<&'static str>,
    extension: Option<Arc<Extension>>,
    source: Option<Source>,
}

/// Extension members of the problem, and handling of the log. Boxed, so that errors are small to pass around.
enum Extension {
    /// Violated policies, by name.
    Limits(Vec<String>),
    /// Members that the service sets.
    Members(Box<dyn Fn(&mut Problem) + Send + Sync>),
    /// None: the error is expected, as while a service starts or stops.
    Expected,
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limits(policies) => f.debug_tuple("Limits").field(policies).finish(),
            Self::Members(_) => f.write_str("Members"),
            Self::Expected => f.write_str("Expected"),
        }
    }
}

impl ApiError {
    /// The problem `code`.
    pub fn new(code: &'static Code) -> Self {
        Self {
            code,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
            challenge: None,
            extension: None,
            source: None,
        }
    }

    /// An internal failure: 500, with its cause for the log.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(codes::INTERNAL).source(source)
    }

    /// One invalid field: 422 with a JSON Pointer into the body.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(codes::INVALID_FIELDS).with_error(pointer, "invalid_value", detail)
    }

    /// Adds an invalid field.
    #[must_use]
    pub fn with_error(mut self, pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        self.errors.push(FieldError { pointer: pointer.into(), code: code.into(), detail: detail.into() });
        self
    }

    /// Sets the detail of this occurrence. Must not contain secrets or internals.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Sets the time after which a retry makes sense.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// Sets the authentication challenge (header `WWW-Authenticate`).
    #[must_use]
    pub fn challenge(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// Sets the violated policies.
    #[must_use]
    pub fn violated_policies(mut self, names: Vec<String>) -> Self {
        self.extension = Some(Arc::new(Extension::Limits(names)));
        self
    }

    /// Sets extension members of the problem (RFC 9457 §3.2) when it is written.
    #[must_use]
    pub fn extension(mut self, set: impl Fn(&mut Problem) + Send + Sync + 'static) -> Self {
        self.extension = Some(Arc::new(Extension::Members(Box::new(set))));
        self
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// Marks the error as expected: it is logged at debug.
    #[must_use]
    pub(crate) fn expected(mut self) -> Self {
        self.extension = Some(Arc::new(Extension::Expected));
        self
    }

    /// Code of the problem.
    pub fn code(&self) -> &'static Code {
        self.code
    }

    /// Time after which a retry makes sense.
    pub(crate) fn retry_after_value(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Logs the error, once, where it becomes a response. Internal failures are errors; rejections are logged at debug.
    pub(crate) fn log(&self) {
        let cause =
            self.source.as_deref().map(|source| causes(source)).or_else(|| self.detail.as_deref().map(str::to_owned));
        let is_caused = self.source.is_some();
        if matches!(self.extension.as_deref(), Some(Extension::Expected)) {
            tracing::debug!(code = self.code.code, cause, "request could not be served yet, or any more");
        } else if self.code.status == 500 {
            tracing::error!(code = self.code.code, cause, "request failed");
        } else if self.code.status > 500 {
            tracing::warn!(code = self.code.code, cause, "request could not be served");
        } else if let Some(Extension::Limits(policies)) = self.extension.as_deref() {
            tracing::debug!(code = self.code.code, ?policies, "request refused");
        } else if is_caused {
            tracing::debug!(code = self.code.code, cause, "request refused");
        }
    }

    /// All that a client of OAuth shows of this occurrence.
    fn description(&self) -> Cow<'_, str> {
        match (self.detail.as_deref(), self.errors.first()) {
            (Some(detail), _) => detail.into(),
            (None, Some(field)) => format!("{}: {}", field.pointer.trim_start_matches('/'), field.detail).into(),
            (None, None) => self.code.title.into(),
        }
    }

    /// The complete response.
    pub(crate) fn render(&self, request_id: &str, format: ErrorFormat) -> HttpResponse {
        let status = format.status(self.code);
        let mut problem = Problem {
            type_uri: self.code.type_uri(),
            title: self.code.title.into(),
            status,
            detail: self.detail.as_deref().map(Into::into),
            code: self.code.code.into(),
            request_id: request_id.into(),
            errors: self.errors.clone(),
            retry_after_ms: self.retry_after.and_then(|after| u64::try_from(after.as_millis()).ok()),
            violated_policies: Vec::new(),
            captcha: None,
            phone: None,
            claimed: None,
            oauth: format.members(self.code, &self.description()),
        };
        match self.extension.as_deref() {
            Some(Extension::Limits(names)) => problem.violated_policies.clone_from(names),
            Some(Extension::Members(set)) => set(&mut problem),
            Some(Extension::Expected) | None => {}
        }
        let mut reply = HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        reply.insert_header((header::CONTENT_TYPE, format.content_type()));
        reply.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(after) = self.retry_after {
            reply.insert_header((header::RETRY_AFTER, after.as_millis().div_ceil(1000).max(1).to_string()));
        }
        if let Some(challenge) = self.challenge {
            reply.insert_header((header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
        }
        reply.body(serde_json::to_vec(&problem).unwrap_or_default())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.title)
    }
}

impl Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Only carries the error: the request middleware, which knows the request id, writes the body.
    fn error_response(&self) -> HttpResponse {
        let mut reply = HttpResponse::new(self.status_code());
        reply.extensions_mut().insert(self.clone());
        reply
    }
}
