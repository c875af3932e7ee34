//! Authentication of OAuth clients (RFC 6749 §2.3).

use std::time::Duration;

use contracts::{Secret, codes};
use oauth_clients::{Client, ClientError, PresentedClient};
use service_kit::ApiError;
use service_kit::server::authorization::{BasicCredentials, client_rejected};

use crate::state::AppState;

/// The client of a request, named by HTTP Basic or in the form, never by both.
pub(super) fn authenticate(
    state: &AppState,
    basic: Option<&BasicCredentials>,
    id: Option<&str>,
    secret: Option<&Secret>,
) -> Result<Client, ApiError> {
    let header = basic.map(BasicCredentials::readings);
    let presented = PresentedClient { header, id, secret: secret.map(Secret::expose) };
    state.clients.authenticate(presented).map_err(|error| match error {
        ClientError::TwoWays => {
            ApiError::new(codes::BAD_REQUEST).detail("the client is named in two ways (RFC 6749 section 2.3)")
        }
        ClientError::Unknown => client_rejected(),
        ClientError::NotRead => ApiError::new(codes::UNAVAILABLE).retry_after(Duration::from_secs(1)).source(error),
    })
}
