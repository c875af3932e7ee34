//! Permission to change the catalogue: fails closed.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use contracts::auth::permissions::FILMS_WRITE;
use contracts::codes;
use futures_util::future::LocalBoxFuture;
use service_kit::ApiError;
use service_kit::server::authorization::permission_missing;

use super::identify;
use crate::domain::viewer::Member;

/// A member with permission `films.write`.
#[derive(Debug, Clone)]
pub struct Editor(pub Member);

impl FromRequest for Editor {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match identify(&request).await? {
                None => Err(ApiError::new(codes::TOKEN_MISSING).challenge("Bearer")),
                Some(Ok(member)) if member.writes_films => Ok(Self(member)),
                Some(Ok(_)) => Err(permission_missing(FILMS_WRITE)),
                Some(Err(unavailable)) => {
                    Err(ApiError::new(codes::AUTH_UNAVAILABLE).retry_after(unavailable.retry_after))
                }
            }
        })
    }
}
