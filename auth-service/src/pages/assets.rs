//! Style sheet and icon, embedded in the binary. Names contain a hash of the content, so caches may keep them for ever.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::codes;
use service_kit::ApiError;

use super::reply;

/// URL prefix of assets.
const FOLDER: &str = "/account/assets/";

/// All assets.
pub static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: Asset::new("account", "css", "text/css; charset=utf-8", include_str!("../../assets/account.css")),
    icon: Asset::new("icon", "svg", "image/svg+xml", include_str!("../../assets/icon.svg")),
});

/// Assets of the pages.
pub struct Assets {
    /// Style sheet.
    pub style: Asset,
    /// Icon.
    pub icon: Asset,
}

/// Embedded file.
pub struct Asset {
    /// Path of its URL.
    pub path: String,
    kind: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, text: &'static str) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..12]);
        Self { path: format!("{FOLDER}{stem}.{hash}.{ending}"), kind, text }
    }
}

/// `GET /account/assets/{name}`.
pub async fn get_page_asset(name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let assets = [&ASSETS.style, &ASSETS.icon];
    let found = assets.into_iter().find(|asset| asset.path.strip_prefix(FOLDER) == Some(name.as_str()));
    let asset = found.ok_or_else(|| ApiError::new(codes::NO_SUCH_ROUTE))?;
    let mut response = HttpResponse::Ok();
    reply::set_security_headers(&mut response);
    response.insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"));
    Ok(response.insert_header((CONTENT_TYPE, asset.kind)).body(asset.text))
}
