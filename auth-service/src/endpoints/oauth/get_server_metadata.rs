//! `GET /.well-known/oauth-authorization-server` and `GET /.well-known/openid-configuration`: URLs of the OAuth endpoints
//! (RFC 8414, OpenID Connect Discovery 1.0). One document at both.

use actix_web::web;
use code_grant::ALL_SCOPES;
use contracts::Endpoint;
use contracts::auth::oauth::{
    AuthorizeDevice, GetJwks, GetOpenidConfiguration, GetServerMetadata, GetUserinfo, GrantTokens, Introspect,
    RevokeToken, ServerMetadata,
};
use oauth_clients::Grant;
use service_kit::{ApiError, Input, Success};

use crate::page_table::AUTHORIZE;
use crate::state::AppState;

/// Returns the metadata; all URLs are below the issuer's.
pub async fn get_server_metadata(
    state: web::Data<AppState>,
    _input: Input<GetServerMetadata>,
) -> Result<Success<GetServerMetadata>, ApiError> {
    Ok(Success::new(metadata(&state)).with_etag())
}

/// Returns the same.
pub async fn get_openid_configuration(
    state: web::Data<AppState>,
    _input: Input<GetOpenidConfiguration>,
) -> Result<Success<GetOpenidConfiguration>, ApiError> {
    Ok(Success::new(metadata(&state)).with_etag())
}

fn metadata(state: &AppState) -> ServerMetadata {
    let at = |path: &str| format!("{}{path}", state.issuer);
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    let mut algorithms: Vec<_> = state.access_tokens.keys().ring().jwks().keys.into_iter().map(|key| key.alg).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    ServerMetadata {
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
        authorization_endpoint: at(AUTHORIZE),
        response_types_supported: texts(&["code"]),
        response_modes_supported: texts(&["query"]),
        code_challenge_methods_supported: texts(&["S256"]),
        authorization_response_iss_parameter_supported: true,
        scopes_supported: ALL_SCOPES.map(|scope| scope.name().to_owned()).to_vec(),
        userinfo_endpoint: at(GetUserinfo::PATH),
        subject_types_supported: texts(&["public"]),
        id_token_signing_alg_values_supported: algorithms,
        claims_supported: texts(&["sub", "auth_time", "sid", "email", "email_verified", "name"]),
        request_uri_parameter_supported: false,
    }
}

/// Ways of clients to authenticate at the token and the revocation endpoint.
fn methods() -> Vec<String> {
    ["none", "client_secret_basic", "client_secret_post"].map(str::to_owned).to_vec()
}
