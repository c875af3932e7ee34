//! Pages for browsers beside the endpoints. They have no contract: people read them, so what goes wrong on one is shown
//! as a page as well, never as a problem document.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{StatusCode, Uri};
use actix_web::{HttpRequest, HttpResponse};
use contracts::codes;
use contracts::endpoint::{Auth, Cache, EndpointInfo, Method};
use contracts::problem::Code;
use serde::de::DeserializeOwned;

use crate::ApiError;
use crate::endpoint::{collect, require_type};

/// A page: named for limits, logs and traces like an endpoint.
pub const fn page(id: &'static str, method: Method, path: &'static str, auth: Auth) -> EndpointInfo {
    let summary = "A page for browsers.";
    EndpointInfo { id, summary, method, path, success: 200, auth, cache: Cache::NoStore, errors: &[] }
}

/// How everything that goes wrong below a path is shown to browsers: refusals of the limiter, unknown paths, wrong verbs
/// and panics too.
#[derive(Debug, Clone, Copy)]
pub struct ErrorPages {
    /// The path of the first page; the others are below it.
    pub under: &'static str,
    /// Writes the page. Status, `Retry-After` and the like are put on it afterwards.
    pub write: fn(&RequestHead, &ErrorContext<'_>) -> HttpResponse,
}

/// What a browser asked for.
#[derive(Debug, Clone)]
pub struct RequestHead {
    /// Path and query.
    pub uri: Uri,
    /// Its headers.
    pub headers: HeaderMap,
}

/// What went wrong.
#[derive(Debug, Clone, Copy)]
pub struct ErrorContext<'a> {
    /// Which problem it is.
    pub code: &'static Code,
    /// When another try makes sense.
    pub retry_after: Option<Duration>,
    /// The id under which the log knows more.
    pub request_id: &'a str,
}

/// A request below the path of [`ErrorPages`], as far as an error page needs it.
pub(crate) struct PageRequest {
    pages: ErrorPages,
    asked: RequestHead,
}

impl PageRequest {
    /// The visit that a request is; `None` when it is no page that is asked for.
    pub(crate) fn of(pages: Option<&ErrorPages>, uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let pages = *pages?;
        let rest = uri.path().strip_prefix(pages.under)?;
        let below = rest.is_empty() || rest.starts_with('/');
        below.then(|| Self { pages, asked: RequestHead { uri: uri.clone(), headers: headers.clone() } })
    }

    /// Whether a reply is a page already.
    pub(crate) fn is_page(reply: &HttpResponse) -> bool {
        let kind = reply.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        kind.is_some_and(|kind| kind.starts_with("text/html"))
    }

    /// The page that stands for a problem document. Keeps what headers say of it.
    pub(crate) fn error_page(&self, error: &ApiError, problem: &HttpResponse, request_id: &str) -> HttpResponse {
        let failure = ErrorContext { code: error.code(), retry_after: error.retry_after_value(), request_id };
        let mut page = (self.pages.write)(&self.asked, &failure);
        *page.status_mut() = StatusCode::from_u16(error.code().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Some(after) = problem.headers().get(header::RETRY_AFTER) {
            page.headers_mut().insert(header::RETRY_AFTER, after.clone());
        }
        page
    }
}

/// Reads a form of at most `max` bytes. Fields that `T` does not know are passed over.
///
/// # Errors
/// 408, 413, 415, and 400 for what is no form or lacks a field.
pub async fn read_form<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    max: usize,
) -> Result<T, ApiError> {
    require_type(request, "application/x-www-form-urlencoded")?;
    let body = collect(request, payload, max).await?;
    let malformed = |detail: Cow<'static, str>| ApiError::new(codes::MALFORMED_FORM).detail(detail);
    std::str::from_utf8(&body).map_err(|_| malformed("the form is not UTF-8".into()))?;
    serde_urlencoded::from_bytes(&body).map_err(|error| malformed(error.to_string().into()))
}
