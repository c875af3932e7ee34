//! The viewer: never fails because auth-service does.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use service_kit::ApiError;

use super::identify;
use crate::domain::viewer::Viewer;

impl FromRequest for Viewer {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match identify(&request).await? {
                None => Ok(Self::Anonymous),
                Some(Ok(member)) => Ok(Self::Member(member)),
                Some(Err(unavailable)) => {
                    request.extensions_mut().insert(unavailable.reason); // read by `mark_degraded`
                    Ok(Self::Degraded(unavailable.reason))
                }
            }
        })
    }
}
