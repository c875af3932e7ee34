//! Extractors as permissions: a handler that names one runs only for callers who have it.

mod editor;
mod locale;
mod mark;
mod viewer;

pub use editor::Editor;
pub use locale::Locale;
pub use mark::mark_degraded;

use actix_web::{FromRequest, HttpRequest};
use contracts::codes;
use service_kit::server::authorization::bearer_token;
use service_kit::{ApiError, RequestId, SubjectLimits, telemetry};

use crate::clients::{AuthUnavailable, TokenCheck};
use crate::domain::viewer::Member;
use crate::state::AppState;

/// Challenge (RFC 6750 §3) of a 401 for a bad token.
const BAD_TOKEN: &str = "Bearer error=\"invalid_token\"";
/// Span attribute with the identity of the caller: known (`full`), none (`anonymous`) or unchecked (`degraded`). The
/// collector keeps every trace of the last kind.
const MODE: &str = "marquee.identity.mode";

/// Identifies the caller: `None` without a token, an error inside while the token cannot be checked.
///
/// # Errors
/// 401 when the token is bad, 429 when the member has used up a limit.
async fn identify(request: &HttpRequest) -> Result<Option<Result<Member, AuthUnavailable>>, ApiError> {
    // Anything but one bearer token is a bad token, not a missing one.
    let Some(token) = bearer_token(request).map_err(|_| bad_token())? else {
        telemetry::set_attribute(MODE, "anonymous");
        return Ok(None);
    };
    let state = AppState::of(request)?;
    let id = RequestId::extract(request).await.map_err(|error| ApiError::internal(error.to_string()))?;
    match state.auth.check(token, id.as_str()).await {
        Ok(TokenCheck::Member(member)) => {
            telemetry::set_attribute(MODE, "full");
            drop(SubjectLimits::of(request).user(&member.id.to_string()).await?);
            Ok(Some(Ok(member)))
        }
        Ok(TokenCheck::Invalid) => Err(bad_token()),
        Err(unavailable) => {
            telemetry::set_attribute(MODE, "degraded");
            telemetry::set_attribute("marquee.breaker.state", state.auth.breaker_state());
            Ok(Some(Err(unavailable)))
        }
    }
}

fn bad_token() -> ApiError {
    ApiError::new(codes::TOKEN_INVALID).challenge(BAD_TOKEN)
}
