//! Metadata of the authorization server (RFC 8414).

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

/// RFC 8414 §2, as far as it applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServerMetadata {
    /// The issuer, as in the tokens.
    pub issuer: String,
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
    /// Empty: there is no authorization endpoint.
    pub response_types_supported: Vec<String>,
}
