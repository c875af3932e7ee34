//! The mark of a degraded viewer, on refusals too: a film that is not there for an unchecked token may be there for its
//! bearer, and a client must not take the one for the other.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use contracts::headers::DEGRADED;
use contracts::movies::access::DegradedReason;

/// Puts header `Degraded` (`auth;reason=timeout`, RFC 9651) on every answer for a viewer whose token could not be
/// checked, whatever became of the request.
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
