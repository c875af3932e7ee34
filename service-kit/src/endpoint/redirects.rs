//! Pages with a slash behind them: people write one, and links in mails gain one.

use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse};

/// Leads from `/page/` to `/page`, the query kept. `None` when there is no such page, or something is to be sent there.
pub(super) fn to_page(request: &HttpRequest, pages: &[&'static str]) -> Option<HttpResponse> {
    let page = request.path().strip_suffix('/')?;
    // Only to a path of ours, letter by letter: `//elsewhere.example/` is none.
    let page = pages.iter().find(|known| **known == page)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let query = request.query_string();
    let location = if query.is_empty() { (*page).to_owned() } else { format!("{page}?{query}") };
    Some(HttpResponse::PermanentRedirect().insert_header((LOCATION, location)).finish())
}
