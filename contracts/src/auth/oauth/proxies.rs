//! The question of reverse proxies before they pass a request on.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::endpoint::{Auth, CrossOrigin, Endpoint, Method, Nothing, ResponseHeader};
use crate::ids::{SessionId, UserId};
use crate::problem::Code;

/// `GET /oauth2/check`, for reverse proxies that ask before they pass a request on
pub struct CheckRequest;

/// Headers of an allowed request. Proxies copy them over those of the client, so each is always present.
const IDENTITY: &[ResponseHeader] = &[
    ResponseHeader {
        component: "MarqueeUser",
        field: "X-Marquee-User",
        description: "The user of the access token.",
        example: "01960000-0000-7000-8000-0000000000a1",
    },
    ResponseHeader {
        component: "MarqueeSession",
        field: "X-Marquee-Session",
        description: "The session of the access token.",
        example: "01960000-0000-7000-8000-0000000000b1",
    },
    ResponseHeader {
        component: "MarqueeRoles",
        field: "X-Marquee-Roles",
        description: "The user's roles, separated by commas; empty without any.",
        example: "editor,subscriber",
    },
    ResponseHeader {
        component: "MarqueeAgeLimit",
        field: "X-Marquee-Age-Limit",
        description: "Highest age rating that the user may see; empty if the age is unknown.",
        example: "18 or nothing",
    },
];

impl Endpoint for CheckRequest {
    const ID: &'static str = "check_request";
    const SUMMARY: &'static str = "Tells a reverse proxy whether a request with this access token may pass.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/oauth2/check";
    const AUTH: Auth = Auth::Required;
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Denied;
    const HEADERS: &'static [ResponseHeader] = IDENTITY;
    const DEADLINE: Duration = Duration::from_millis(100);
    const ERRORS: &'static [&'static Code] = &[codes::FORBIDDEN];
    type Path = Nothing;
    type Query = CheckRequestQuery;
    type Body = Nothing;
    type Output = CheckRequestResponse;
}

/// Requirements of the proxy; all that are named must be met.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CheckRequestQuery {
    /// A role that the user must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 64))]
    pub role: Option<String>,
    /// A permission that one of the user's roles must have now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 64))]
    pub permission: Option<String>,
    /// The audience that the token must have been issued for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 200))]
    pub aud: Option<String>,
}

/// The user of an allowed request, as in the headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckRequestResponse {
    /// The user.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
}
