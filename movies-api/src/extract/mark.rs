//! The mark of a degraded viewer, on errors too: a film that does not exist for an unchecked token may exist for its
//! bearer, and a client must distinguish the cases.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use contracts::headers::DEGRADED;
use contracts::movies::access::DegradedReason;

/// Adds header `Degraded` (`auth;reason=timeout`, RFC 9651) to every response to an unchecked token, errors included.
///
/// # Errors
/// Those of `next`.
pub async fn mark_degraded<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut reply = next.call(request).await?;
    let reason = reply.request().extensions().get::<DegradedReason>().copied();
    if let Some(reason) = reason {
        let mark = HeaderValue::from_str(&format!("auth;reason={}", reason.as_str()));
        let mark = mark.unwrap_or(HeaderValue::from_static("auth"));
        reply.headers_mut().insert(HeaderName::from_static(DEGRADED), mark);
    }
    Ok(reply)
}
