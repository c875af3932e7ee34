//! `GET /.well-known/oauth-authorization-server`: URLs of the OAuth endpoints (RFC 8414).

use actix_web::web;
use contracts::Endpoint;
use contracts::auth::oauth::{
    AuthorizeDevice, GetJwks, GetServerMetadata, GrantTokens, Introspect, RevokeToken, ServerMetadata,
};
use oauth_clients::Grant;
use service_kit::{ApiError, Input, Success};

use crate::state::AppState;

/// Returns the metadata; all URLs are below the issuer's.
pub async fn get_server_metadata(
    state: web::Data<AppState>,
    _input: Input<GetServerMetadata>,
) -> Result<Success<GetServerMetadata>, ApiError> {
    let at = |path: &str| format!("{}{path}", state.issuer);
    let metadata = ServerMetadata {
        issuer: state.issuer.clone(),
        jwks_uri: at(GetJwks::PATH),
        token_endpoint: at(GrantTokens::PATH),
        token_endpoint_auth_methods_supported: methods(),
        // Without it clients assume the implicit grant (RFC 8414 §2).
        grant_types_supported: Grant::ALL.map(|grant| grant.grant_type().into()).to_vec(),
        device_authorization_endpoint: at(AuthorizeDevice::PATH),
        revocation_endpoint: at(RevokeToken::PATH),
        revocation_endpoint_auth_methods_supported: methods(),
        introspection_endpoint: at(Introspect::PATH),
        introspection_endpoint_auth_methods_supported: vec!["client_secret_basic".into()],
        response_types_supported: Vec::new(),
    };
    Ok(Success::new(metadata).with_etag())
}

/// Ways of clients to authenticate at the token and the revocation endpoint.
fn methods() -> Vec<String> {
    ["none", "client_secret_basic", "client_secret_post"].map(str::to_owned).to_vec()
}
