//! The history of a user's sign-ins.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::devices::DeviceKind;
use crate::codes;
use crate::endpoint::{Auth, Endpoint, Method, Nothing};
use crate::ids::SessionId;
use crate::paging::{Cursor, PageSize};
use crate::problem::Code;

/// `GET /api/v1/me/sign-ins`
pub struct ListSignIns;

impl Endpoint for ListSignIns {
    const ID: &'static str = "list_sign_ins";
    const SUMMARY: &'static str = "Lists the sign-ins to the caller's account, newest first.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/me/sign-ins";
    const AUTH: Auth = Auth::Required;
    const ERRORS: &'static [&'static Code] = &[codes::INVALID_SIGN_INS_CURSOR];
    type Path = Nothing;
    type Query = ListSignInsQuery;
    type Body = Nothing;
    type Output = ListSignInsResponse;
}

/// Period and page of the history.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ListSignInsQuery {
    /// Start of the period, inclusive; 90 days before `until` by default. Entries older than the retention of the
    /// installation (13 months by default) do not exist.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// End of the period, exclusive; now by default.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Items on one page.
    #[garde(dive)]
    #[serde(default)]
    pub page_size: PageSize,
    /// `next_cursor` of the last page, with the same `since`; `until` is ignored then.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// A page of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListSignInsResponse {
    /// Newest first.
    pub items: Vec<SignIn>,
    /// Start of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
}

/// A sign-in, successful or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignIn {
    /// Time.
    pub at: DateTime<Utc>,
    /// Kind of device, as reported by the client.
    pub device: DeviceKind,
    /// Method.
    pub method: SignInMethod,
    /// Result.
    pub outcome: SignInOutcome,
    /// Place, as far as known.
    pub place: SignInPlace,
    /// The session that it opened or continued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
}

/// Ways to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// With e-mail and password.
    Password,
    /// By a refresh token after the access token had expired: the device returned.
    Refresh,
    /// With an account at a social provider.
    Social,
    /// By a code that was approved on another device.
    Device,
    /// In a browser, for an app that sent its user there.
    Redirect,
}

/// Results of signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInOutcome {
    /// Signed in.
    Success,
    /// The password was wrong.
    WrongPassword,
    /// The password was right; the account is disabled.
    Disabled,
}

/// Origin of a sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignInPlace {
    /// The client's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// ISO 3166 code of the address's region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}
