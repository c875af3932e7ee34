//! Announced end of an endpoint, in the headers of its responses.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use chrono::DateTime;
use contracts::Deprecation;
use contracts::headers::{DEPRECATION, SUNSET};

/// Writes `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).
pub(super) fn write_headers(deprecation: Deprecation, headers: &mut HeaderMap) {
    let sunset = DateTime::from_timestamp(deprecation.sunset, 0).unwrap_or_default();
    let sunset = sunset.format("%a, %d %b %Y %H:%M:%S GMT").to_string(); // RFC 9110 §5.6.7
    for (name, value) in [(DEPRECATION, format!("@{}", deprecation.since)), (SUNSET, sunset)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}
