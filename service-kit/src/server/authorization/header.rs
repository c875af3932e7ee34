//! Scheme and credentials of the header.

use actix_web::{HttpRequest, http::header::AUTHORIZATION};

/// The header is not text, or stands more than once: of two credentials in one request, one may hide the other.
pub(super) struct InvalidHeader;

/// Scheme and credentials, or `None` without the header.
pub(super) fn credentials(request: &HttpRequest) -> Result<Option<(&str, &str)>, InvalidHeader> {
    let mut lines = request.headers().get_all(AUTHORIZATION);
    match (lines.next(), lines.next()) {
        (None, _) => Ok(None),
        (Some(line), None) => {
            let text = line.to_str().map_err(|_| InvalidHeader)?;
            Ok(Some(text.split_once(' ').unwrap_or((text, ""))))
        }
        (Some(_), Some(_)) => Err(InvalidHeader),
    }
}
