//! Introspection of access tokens (RFC 7662).

use std::fmt;
use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Ignored, Method, Nothing};
use crate::ids::{SessionId, UserId};

/// `POST /oauth2/introspect` (RFC 7662)
pub struct Introspect;

impl Endpoint for Introspect {
    const ID: &'static str = "introspect";
    const SUMMARY: &'static str = "Reports whether an access token is active, and its user.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/oauth2/introspect";
    const BODY: BodyFormat = BodyFormat::Form;
    const AUTH: Auth = Auth::ServiceClient;
    const IDEMPOTENT: bool = true;
    const DEADLINE: Duration = Duration::from_millis(100);
    /// A token that is far too long is inactive, like any other unknown token.
    const MAX_BODY: usize = 64 * 1024;
    type Path = Nothing;
    type Query = Ignored;
    type Body = IntrospectRequest;
    type Output = IntrospectResponse;
}

/// RFC 7662 §2.1.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
pub struct IntrospectRequest {
    /// The token.
    #[garde(length(chars, min = 1))]
    pub token: Secret,
    /// Ignored: only access tokens are known here (RFC 7662 §2.1 allows that).
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type_hint: Option<String>,
}

/// RFC 7662 §2.2. The response for an inactive token holds nothing but `active: false`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntrospectResponse {
    /// `true` when the token is valid now.
    pub active: bool,
    /// The user the token was issued to, or `client:` and the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<Subject>,
    /// The client the token was issued to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The resources that the token is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    /// Scopes of the token, separated by spaces (RFC 6749 section 3.3); absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The session the token was issued in. Without one the token is of a client, not of a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// Expiry, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Time of issue, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Id of the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// Always `Bearer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// The user's roles at the time of issue. Names for people: check `permissions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// What these roles allow now, in alphabetical order; present in every response for an active token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// The user's age in full years at the time of issue, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
    /// Highest age rating (0, 6, 12, 16, 18) the user may see, by the policy of the user's country and the age at the
    /// time of issue; absent when the age is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_limit: Option<u8>,
    /// The user's region, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// Claim `aud` (RFC 7519 §4.1.3): the name of one resource, or of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Audience {
    /// The audience of these names.
    pub fn of(mut names: Vec<String>) -> Self {
        if names.len() == 1 { Self::One(names.remove(0)) } else { Self::Several(names) }
    }

    /// `true` when it names this one.
    pub fn has(&self, name: &str) -> bool {
        self.names().iter().any(|one| one == name)
    }

    /// Its names.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// The subject of a token (RFC 9068 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Subject {
    /// The id of a user.
    User(UserId),
    /// `client:` and the id of a client.
    Client(#[schemars(regex(pattern = r"^client:[a-z0-9._-]{1,64}$"))] String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Client(subject) => f.write_str(subject),
        }
    }
}

impl Subject {
    /// The user, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(*id),
            Self::Client(_) => None,
        }
    }
}
