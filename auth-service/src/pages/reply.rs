//! Answers to browsers, with the headers that every one of them carries.

use actix_web::HttpResponse;
use actix_web::HttpResponseBuilder;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use askama::Template;
use service_kit::ApiError;

/// Nothing but our own style sheet, icon and forms. No provider has to be named here: the way to one is a page with a link
/// rather than a redirection, which Chromium would hold against `form-action`.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// Headers of every answer. `same-origin` rather than `no-referrer`: under the latter browsers send `Origin: null` with our
/// own forms.
const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("x-frame-options", "DENY"),
];

/// Puts the headers on that keep a page to itself.
pub fn protect(answer: &mut HttpResponseBuilder) {
    for (name, value) in HEADERS {
        answer.insert_header((HeaderName::from_static(name), HeaderValue::from_static(value)));
    }
}

/// An HTML page.
///
/// # Errors
/// When the template fails, which is a failure of ours.
pub fn page(
    status: StatusCode,
    template: &impl Template,
    cookies: impl IntoIterator<Item = Cookie<'static>>,
) -> Result<HttpResponse, ApiError> {
    let text = template.render().map_err(ApiError::internal)?;
    Ok(begin(status, cookies).insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(text))
}

/// On to another page of ours, by GET; `path` is always one of our own words.
pub fn redirect(path: &str, cookies: impl IntoIterator<Item = Cookie<'static>>) -> HttpResponse {
    begin(StatusCode::SEE_OTHER, cookies).insert_header((header::LOCATION, path)).finish()
}

/// No answer to a request that is sent before anybody wants it (RFC 8470 §5.2). It is no success, so browsers throw it away
/// and ask again when it is wanted.
pub fn too_early() -> HttpResponse {
    let status = StatusCode::from_u16(425).unwrap_or(StatusCode::CONFLICT);
    // An empty page: what is none is replaced by the page of a failure.
    begin(status, []).insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body("")
}

fn begin(status: StatusCode, cookies: impl IntoIterator<Item = Cookie<'static>>) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    protect(&mut answer);
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    answer.insert_header((header::VARY, "Cookie, Accept-Language"));
    for cookie in cookies {
        answer.cookie(cookie);
    }
    answer
}
