//! Pages for browsers. They have no contract: users read them, so their errors are shown as pages too, never as problem
//! documents.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{StatusCode, Uri};
use actix_web::{HttpRequest, HttpResponse};
use contracts::codes;
use contracts::endpoint::{Auth, Cache, CrossOrigin, EndpointInfo, Localization, Method};
use contracts::problem::Code;
use serde::de::DeserializeOwned;

use super::endpoint::{collect, require_type};
use crate::base::error::ApiError;

/// Declares a page: named for limits, logs and traces like an endpoint. Scripts of other origins may not read it.
pub const fn page(id: &'static str, method: Method, path: &'static str, auth: Auth) -> EndpointInfo {
    let summary = "A page for browsers.";
    EndpointInfo {
        id,
        summary,
        method,
        path,
        success: 200,
        auth,
        cache: Cache::NoStore,
        cross_origin: CrossOrigin::Denied,
        localization: Localization::None,
        location: false,
        headers: &[],
        limited: true,
        deprecation: None,
        errors: &[],
    }
}

/// Error pages for browsers below a path: also for limiter rejections, unknown paths, wrong methods and panics.
#[derive(Debug, Clone, Copy)]
pub struct ErrorPages {
    /// Path of the first page; the others are below it.
    pub under: &'static str,
    /// Writes the page. Status and `Retry-After` are set afterwards.
    pub write: fn(&RequestHead, &ErrorContext<'_>) -> HttpResponse,
}

/// Request of a browser.
#[derive(Debug, Clone)]
pub struct RequestHead {
    /// Path and query.
    pub uri: Uri,
    /// Headers.
    pub headers: HeaderMap,
}

/// Error shown on a page.
#[derive(Debug, Clone, Copy)]
pub struct ErrorContext<'a> {
    /// Code of the problem.
    pub code: &'static Code,
    /// Time after which a retry makes sense.
    pub retry_after: Option<Duration>,
    /// Id of the request in the log.
    pub request_id: &'a str,
}

/// A request below the path of [`ErrorPages`], with the data for an error page.
pub(super) struct PageRequest {
    pages: ErrorPages,
    head: RequestHead,
}

impl PageRequest {
    /// The page request of a request; `None` when it is not below the path of the pages.
    pub(super) fn of(pages: Option<&ErrorPages>, uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let pages = *pages?;
        let rest = uri.path().strip_prefix(pages.under)?;
        let below = rest.is_empty() || rest.starts_with('/');
        below.then(|| Self { pages, head: RequestHead { uri: uri.clone(), headers: headers.clone() } })
    }

    /// `true` when a response is a page already.
    pub(super) fn is_page(reply: &HttpResponse) -> bool {
        let kind = reply.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        kind.is_some_and(|kind| kind.starts_with("text/html"))
    }

    /// Page that replaces a problem document. Keeps its `Retry-After`.
    pub(super) fn error_page(&self, error: &ApiError, problem: &HttpResponse, request_id: &str) -> HttpResponse {
        let context = ErrorContext { code: error.code(), retry_after: error.retry_after_value(), request_id };
        let mut page = (self.pages.write)(&self.head, &context);
        *page.status_mut() = StatusCode::from_u16(error.code().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Some(after) = problem.headers().get(header::RETRY_AFTER) {
            page.headers_mut().insert(header::RETRY_AFTER, after.clone());
        }
        page
    }
}

/// Reads a form of at most `max` bytes. Unknown fields are ignored.
///
/// # Errors
/// 408, 413, 415, and 400 for an invalid form or a missing field.
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
