//! Location and language of the client. Never fails: all of it is optional.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use service_kit::{ApiError, accept_language};

use super::bearer::state;
use accounts::ClientContext;

/// Location and language of the client that sent the request.
#[derive(Debug, Clone)]
pub struct RequestClient(pub ClientContext);

impl FromRequest for RequestClient {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let language = accept_language::language_of(request.headers());
        ready(
            state(request)
                .map(|state| Self(ClientContext { location: state.client_locator.locate(request), language })),
        )
    }
}
