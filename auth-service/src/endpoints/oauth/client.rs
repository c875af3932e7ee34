//! Authentication of OAuth clients (RFC 6749 §2.3).

use std::time::Duration;

use contracts::{Secret, codes};
use oauth_clients::{Client, ClientError, PresentedClient};
use service_kit::ApiError;
use service_kit::server::authorization::{BasicCredentials, client_rejected};
use token_verifier::CLIENT_ID;

use crate::state::AppState;

/// The client of a request about a session. Unless it is named, it is our own apps: a public client may omit its name
/// except with an authorization code (RFC 6749 §3.2.1), and some libraries do so.
pub(super) fn authenticate_or_own(
    state: &AppState,
    basic: Option<&BasicCredentials>,
    id: Option<&str>,
    secret: Option<&Secret>,
) -> Result<Client, ApiError> {
    let is_named = basic.is_some() || id.is_some() || secret.is_some();
    authenticate(state, basic, if is_named { id } else { Some(CLIENT_ID) }, secret)
}

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
