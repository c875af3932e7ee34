//! Redirects of pages with a trailing slash: users type one, and links in mails gain one.

use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse};

/// Redirects `/page/` to `/page`, keeping the query. `None` when there is no such page, or the method is not GET or
/// HEAD.
pub(super) fn to_page(request: &HttpRequest, pages: &[&'static str]) -> Option<HttpResponse> {
    let page = request.path().strip_suffix('/')?;
    // Only to a path of ours, compared exactly: `//other.example/` is none.
    let page = pages.iter().find(|known| **known == page)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let query = request.query_string();
    let location = if query.is_empty() { (*page).to_owned() } else { format!("{page}?{query}") };
    Some(HttpResponse::PermanentRedirect().insert_header((LOCATION, location)).finish())
}
