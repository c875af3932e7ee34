//! Claims about the user of a token (OpenID Connect Core 1.0 §5.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::endpoint::{Auth, Endpoint, Ignored, Method, Nothing};
use crate::ids::UserId;
use crate::problem::Code;

/// `GET /oauth2/userinfo` (OpenID Connect Core 1.0 §5.3)
pub struct GetUserinfo;

impl Endpoint for GetUserinfo {
    const ID: &'static str = "get_userinfo";
    const SUMMARY: &'static str = "Claims about the user of an access token with scope openid.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/oauth2/userinfo";
    const AUTH: Auth = Auth::Required;
    const ERRORS: &'static [&'static Code] = &[codes::SCOPE_MISSING];
    type Path = Nothing;
    type Query = Ignored;
    type Body = Nothing;
    type Output = GetUserinfoResponse;
}

/// Claims, by the scopes of the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GetUserinfoResponse {
    /// The user, as in the ID token.
    pub sub: UserId,
    /// Scope `email`: the address, if the account has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Scope `email`: whether the user has proven that the address is theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Scope `profile`: the display name, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}
