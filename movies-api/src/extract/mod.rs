//! Extractors that are permissions: a handler that names one runs only for who has it.

mod editor;
mod locale;
mod mark;
mod viewer;

pub use editor::Editor;
pub use locale::Locale;
pub use mark::mark_degraded;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use contracts::codes;
use service_kit::{ApiError, RequestId, SubjectLimits, telemetry};

use crate::clients::{AuthUnavailable, TokenCheck};
use crate::domain::viewer::Member;
use crate::state::AppState;

/// How to authenticate (RFC 6750 §3), beside a 401 for a bad token.
const BAD_TOKEN: &str = "Bearer error=\"invalid_token\"";
/// What traces call it: whether whoever asked was known (`full`), nobody (`anonymous`) or could not be checked
/// (`degraded`). The collector keeps every trace of the last kind.
const MODE: &str = "cinema.identity.mode";

/// Who sent a request: nobody who says so, a member, or somebody whose token cannot be checked now.
///
/// # Errors
/// 401 when the token is bad, 429 when the member has used up a limit.
async fn identify(request: &HttpRequest) -> Result<Option<Result<Member, AuthUnavailable>>, ApiError> {
    let Some(token) = bearer(request)? else {
        telemetry::set_attribute(MODE, "anonymous");
        return Ok(None);
    };
    let state = AppState::of(request)?;
    let id = RequestId::extract(request).await.map_err(|error| ApiError::internal(error.to_string()))?;
    match state.auth.check(&token, id.as_str()).await {
        Ok(TokenCheck::Member(member)) => {
            telemetry::set_attribute(MODE, "full");
            drop(SubjectLimits::of(request).user(&member.id.to_string()).await?);
            Ok(Some(Ok(member)))
        }
        Ok(TokenCheck::Bad) => Err(bad_token()),
        Err(unchecked) => {
            telemetry::set_attribute(MODE, "degraded");
            telemetry::set_attribute("cinema.breaker.state", state.auth.breaker_state());
            Ok(Some(Err(unchecked)))
        }
    }
}

/// The access token of a request, if one came.
///
/// # Errors
/// When something else than one bearer token came: that is a bad token, not none.
fn bearer(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let mut given = request.headers().get_all(AUTHORIZATION);
    let Some(value) = given.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    match token {
        Some(token) if given.next().is_none() => Ok(Some(token)),
        _ => Err(bad_token()),
    }
}

fn bad_token() -> ApiError {
    ApiError::new(codes::TOKEN_INVALID).challenge(BAD_TOKEN)
}
