//! Location of the client. Never fails: all of it is optional.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use service_kit::ApiError;

use super::bearer::state;
use accounts::ClientLocation;

/// Location of the client that sent the request.
#[derive(Debug, Clone)]
pub struct RequestLocation(pub ClientLocation);

impl FromRequest for RequestLocation {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(state(request).map(|state| Self(state.client_locator.locate(request))))
    }
}
