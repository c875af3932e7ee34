//! Authentication of OAuth clients (RFC 6749 §2.3).

use contracts::{Secret, codes};
use service_kit::ApiError;
use service_kit::server::authorization::{BasicCredentials, client_rejected};
use token_verifier::CLIENT_ID;

/// Checks the client of a request: by HTTP Basic or in the form, never both. The one client is public: it has no secret.
pub(super) fn check_client(
    basic: Option<&BasicCredentials>,
    id: Option<&str>,
    secret: Option<&Secret>,
) -> Result<(), ApiError> {
    let in_header = basic.map(BasicCredentials::readings);
    let (header_id, header_secret) = in_header.map(|[plain, _]| plain).unzip();
    let is_secret_in_header = header_secret.is_some_and(|secret| !secret.is_empty());
    let are_two = header_id.is_some() && id.is_some() && header_id != id;
    if are_two || is_secret_in_header && secret.is_some() {
        return Err(ApiError::new(codes::BAD_REQUEST).detail("the client is named in two ways (RFC 6749 section 2.3)"));
    }
    let is_known = header_id.or(id) == Some(CLIENT_ID) && !is_secret_in_header && secret.is_none();
    if is_known { Ok(()) } else { Err(client_rejected()) }
}
