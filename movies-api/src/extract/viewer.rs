//! Who is watching: never fails because auth-service does.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use service_kit::{ApiError, RequestId};

use super::{bad_token, bearer};
use crate::clients::Checked;
use crate::domain::viewer::Viewer;
use crate::state::AppState;

impl FromRequest for Viewer {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let Some(token) = bearer(&request)? else { return Ok(Self::Anonymous) };
            let state = AppState::of(&request)?;
            let id = RequestId::extract(&request).await.map_err(|error| ApiError::internal(error.to_string()))?;
            match state.auth.check(&token, id.as_str()).await {
                Ok(Checked::Member(member)) => Ok(Self::Member(member)),
                Ok(Checked::Bad) => Err(bad_token()),
                Err(unchecked) => {
                    request.extensions_mut().insert(unchecked.reason); // for the mark on whatever is answered
                    Ok(Self::Degraded(unchecked.reason))
                }
            }
        })
    }
}
