//! Somebody who may change the catalogue: fails closed.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use contracts::codes;
use futures_util::future::LocalBoxFuture;
use service_kit::{ApiError, RequestId};

use super::{bad_token, bearer};
use crate::clients::Checked;
use crate::domain::viewer::Member;
use crate::state::AppState;

/// A member with role `editor` or `admin`.
#[derive(Debug, Clone)]
pub struct Editor(pub Member);

impl FromRequest for Editor {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let missing = || ApiError::new(codes::TOKEN_MISSING).challenge("Bearer");
            let token = bearer(&request)?.ok_or_else(missing)?;
            let state = AppState::of(&request)?;
            let id = RequestId::extract(&request).await.map_err(|error| ApiError::internal(error.to_string()))?;
            match state.auth.check(&token, id.as_str()).await {
                Ok(Checked::Member(member)) if member.editor => Ok(Self(member)),
                Ok(Checked::Member(_)) => Err(ApiError::new(codes::FORBIDDEN).detail("this takes role editor")),
                Ok(Checked::Bad) => Err(bad_token()),
                Err(unchecked) => Err(ApiError::new(codes::AUTH_UNAVAILABLE).retry_after(unchecked.retry_after)),
            }
        })
    }
}
