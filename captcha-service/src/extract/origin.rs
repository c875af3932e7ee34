//! Client address of a request, behind trusted proxies only.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use service_kit::ApiError;

use crate::state::AppState;

/// Client address, if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Origin(pub Option<IpAddr>);

impl FromRequest for Origin {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<AppState>>();
        ready(match state {
            Some(state) => Ok(Self(state.addresses.address(request))),
            None => Err(ApiError::internal("the service has no state")),
        })
    }
}
