//! Metadata of the authorization server (RFC 8414, OpenID Connect Discovery 1.0).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Auth, Cache, CrossOrigin, Endpoint, Ignored, Method, Nothing};

/// `GET /.well-known/oauth-authorization-server` (RFC 8414)
pub struct GetServerMetadata;

impl Endpoint for GetServerMetadata {
    const ID: &'static str = "get_server_metadata";
    const SUMMARY: &'static str = "OAuth metadata of this server.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/.well-known/oauth-authorization-server";
    const AUTH: Auth = Auth::Public;
    const CACHE: Cache = Cache::Public { max_age: 300 };
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Any;
    type Path = Nothing;
    type Query = Ignored;
    type Body = Nothing;
    type Output = ServerMetadata;
}

/// `GET /.well-known/openid-configuration` (OpenID Connect Discovery 1.0 section 4)
pub struct GetOpenidConfiguration;

impl Endpoint for GetOpenidConfiguration {
    const ID: &'static str = "get_openid_configuration";
    const SUMMARY: &'static str = "OpenID metadata of this server: the same document as that of OAuth.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/.well-known/openid-configuration";
    const AUTH: Auth = Auth::Public;
    const CACHE: Cache = Cache::Public { max_age: 300 };
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Any;
    type Path = Nothing;
    type Query = Ignored;
    type Body = Nothing;
    type Output = ServerMetadata;
}

/// RFC 8414 §2 and OpenID Connect Discovery 1.0 §3, as far as they apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServerMetadata {
    /// The issuer, as in the tokens.
    pub issuer: String,
    /// URL where browsers begin with grant `authorization_code`.
    pub authorization_endpoint: String,
    /// URL of [`GetJwks`](super::GetJwks).
    pub jwks_uri: String,
    /// URL of [`GrantTokens`](super::GrantTokens).
    pub token_endpoint: String,
    /// Authentication methods for clients there.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// Grants there.
    pub grant_types_supported: Vec<String>,
    /// URL of [`AuthorizeDevice`](super::AuthorizeDevice) (RFC 8628 §4).
    pub device_authorization_endpoint: String,
    /// URL of [`RevokeToken`](super::RevokeToken).
    pub revocation_endpoint: String,
    /// Authentication methods for clients there.
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    /// URL of [`Introspect`](super::Introspect); answers inside of the installation.
    pub introspection_endpoint: String,
    /// Authentication methods for service clients there.
    pub introspection_endpoint_auth_methods_supported: Vec<String>,
    /// `code` alone.
    pub response_types_supported: Vec<String>,
    /// `query` alone.
    pub response_modes_supported: Vec<String>,
    /// `S256` alone; every request needs it (RFC 7636).
    pub code_challenge_methods_supported: Vec<String>,
    /// `true`: every answer of the authorization endpoint names the issuer (RFC 9207).
    pub authorization_response_iss_parameter_supported: bool,
    /// Scopes of an authorization request; others are ignored.
    pub scopes_supported: Vec<String>,
    /// URL of [`GetUserinfo`](super::GetUserinfo).
    pub userinfo_endpoint: String,
    /// `public` alone: `sub` is the same for all clients.
    pub subject_types_supported: Vec<String>,
    /// Algorithms of the keys that sign ID tokens.
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// Claims of ID tokens and of userinfo.
    pub claims_supported: Vec<String>,
    /// `false`: parameter `request_uri` is not read, and is true by default (OpenID Connect Discovery 1.0 section 3).
    pub request_uri_parameter_supported: bool,
}
