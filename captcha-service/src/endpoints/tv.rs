//! `GET /tv`: the page for TVs.

use actix_web::HttpResponse;
use actix_web::http::header;
use contracts::endpoint::{Auth, EndpointInfo, Method};
use service_kit::pages::page;

/// The pages of this service.
pub const PAGES: &[EndpointInfo] = &[page("show_tv", Method::Get, "/tv", Auth::Public)];

const PAGE: &str = include_str!("../tv/index.html");

/// Shows the page.
pub async fn show_tv() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(PAGE)
}
