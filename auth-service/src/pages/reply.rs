//! Responses to browsers, with security headers.

use actix_web::HttpResponse;
use actix_web::HttpResponseBuilder;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use askama::Template;
use service_kit::ApiError;

/// Allows our own style sheet, icon and forms only. Providers need no entry: a page with a link leads to them, not a
/// redirect, which Chromium would check against `form-action`.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                                       base-uri 'none'; frame-ancestors 'none'";

/// Headers of every response. `same-origin` rather than `no-referrer`, with which browsers send `Origin: null` with our
/// own forms.
const SECURITY_HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("x-frame-options", "DENY"),
];

/// Adds the security headers.
pub fn set_security_headers(response: &mut HttpResponseBuilder) {
    for (name, value) in SECURITY_HEADERS {
        response.insert_header((HeaderName::from_static(name), HeaderValue::from_static(value)));
    }
}

/// HTML response.
///
/// # Errors
/// When the template fails.
pub fn page(
    status: StatusCode,
    template: &impl Template,
    cookies: impl IntoIterator<Item = Cookie<'static>>,
) -> Result<HttpResponse, ApiError> {
    let text = template.render().map_err(ApiError::internal)?;
    Ok(builder(status, cookies).insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(text))
}

/// Redirects by GET to another page of ours; `path` is always a constant.
pub fn redirect(path: &str, cookies: impl IntoIterator<Item = Cookie<'static>>) -> HttpResponse {
    builder(StatusCode::SEE_OTHER, cookies).insert_header((header::LOCATION, path)).finish()
}

/// 425 to a speculative request (RFC 8470 §5.2). It is no success, so browsers discard it and repeat the request when
/// the page is opened.
pub fn too_early() -> HttpResponse {
    let status = StatusCode::from_u16(425).unwrap_or(StatusCode::CONFLICT);
    // An empty HTML body: other responses are replaced by an error page.
    builder(status, []).insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body("")
}

/// Response with the headers of all pages.
pub fn builder(status: StatusCode, cookies: impl IntoIterator<Item = Cookie<'static>>) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    set_security_headers(&mut response);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response.insert_header((header::VARY, "Cookie, Accept-Language"));
    for cookie in cookies {
        response.cookie(cookie);
    }
    response
}
