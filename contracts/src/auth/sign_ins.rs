//! The history of a person's sign-ins.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sessions::DeviceKind;
use crate::codes;
use crate::endpoint::{Auth, Endpoint, Method, Nothing};
use crate::ids::SessionId;
use crate::paging::{Cursor, PageSize};
use crate::problem::Code;

/// `GET /api/v1/me/sign-ins`
pub struct ListSignIns;

impl Endpoint for ListSignIns {
    const ID: &'static str = "list_sign_ins";
    const SUMMARY: &'static str = "Lists when, how and on what the caller's account was signed in to, newest first.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/me/sign-ins";
    const AUTH: Auth = Auth::Required;
    const ERRORS: &'static [&'static Code] = &[codes::INVALID_SIGN_INS_CURSOR];
    type Path = Nothing;
    type Query = ListSignInsQuery;
    type Body = Nothing;
    type Output = ListSignInsResponse;
}

/// Which part of the history.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ListSignInsQuery {
    /// Nothing from before this time; 90 days before `until` unless given. What is older than the installation keeps
    /// (13 months unless set otherwise) is gone.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Nothing from this time on; now unless given.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// How many at once.
    #[garde(dive)]
    #[serde(default)]
    pub page_size: PageSize,
    /// Where to go on: `next_cursor` of the last page, with the same `since`; `until` plays no part any more.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// A page of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListSignInsResponse {
    /// Newest first.
    pub items: Vec<SignIn>,
    /// Where the next page begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
}

/// A sign-in, or a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignIn {
    /// When.
    pub at: DateTime<Utc>,
    /// On what kind of device, as it said itself.
    pub device: DeviceKind,
    /// How.
    pub method: SignInMethod,
    /// With what result.
    pub outcome: SignInOutcome,
    /// Where, as far as known.
    pub place: SignInPlace,
    /// The session that it opened or went on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
}

/// Ways to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// With e-mail and password.
    Password,
    /// By a refresh token after the access token had expired: the device came back.
    Refresh,
    /// With an account at a social provider.
    Social,
}

/// Results of signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInOutcome {
    /// In.
    Success,
    /// The password was wrong.
    WrongPassword,
    /// The password was right; the account was closed.
    Disabled,
}

/// Where a sign-in came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignInPlace {
    /// The client's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// ISO 3166 code of where that address is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}
