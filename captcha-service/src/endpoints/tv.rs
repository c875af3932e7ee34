//! `GET /tv`: the page for TVs, and `GET /tv/{name}`: its style sheet and script.

use actix_web::http::header;
use actix_web::{HttpResponse, ResponseError, web};
use contracts::codes;
use contracts::endpoint::{Auth, EndpointInfo, Method};
use service_kit::ApiError;
use service_kit::server::pages::page;

use crate::state::AppState;

/// Page for TVs.
pub(crate) const PAGE: EndpointInfo = page("show_tv", Method::Get, "/tv", Auth::Public);
/// Its assets.
pub(crate) const ASSET: EndpointInfo = page("get_tv_asset", Method::Get, "/tv/{name}", Auth::Public);

/// Pages of this service.
pub const PAGES: &[EndpointInfo] = &[PAGE, ASSET];

/// Returns the page.
pub async fn show_tv(state: web::Data<AppState>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, state.tv.content_security_policy.as_str()))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(state.tv.html.clone())
}

/// Returns a style sheet or script; its name contains a hash of its content.
pub async fn get_tv_asset(state: web::Data<AppState>, name: web::Path<String>) -> HttpResponse {
    match state.tv.asset(&name) {
        Some(asset) => HttpResponse::Ok()
            .content_type(asset.content_type)
            .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(asset.text.clone()),
        None => ApiError::new(codes::NO_SUCH_ROUTE).error_response(),
    }
}
