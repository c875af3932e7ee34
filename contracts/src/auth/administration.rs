//! Accounts in the hands of operators: found, looked at, disabled and corrected. Every call states its reason, needs a
//! session that began in the last ten minutes, and is recorded as an [audit event](super::audit).

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::audit::Reason;
use super::permissions::USERS_MANAGE;
use super::sessions::Session;
use super::sign_ins::SignIn;
use super::social::SocialAccount;
use super::users::AccountEvent;
use crate::codes;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Method, NoContent, Nothing};
use crate::ids::UserId;
use crate::paging::{Cursor, PageSize};
use crate::problem::Code;

/// An account, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UserPath {
    /// The account.
    pub user_id: UserId,
}

/// An act without further parameters.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ActRequest {
    /// Reason of the act.
    #[garde(dive)]
    pub reason: Reason,
}

/// `GET /api/v1/users/search`
pub struct FindUsers;

impl Endpoint for FindUsers {
    const ID: &'static str = "find_users";
    const SUMMARY: &'static str = "Finds the account with a login e-mail, or the holders of a role.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/users/search";
    const AUTH: Auth = Auth::Permission(USERS_MANAGE);
    const IDEMPOTENT: bool = false; // each call is recorded
    const ERRORS: &'static [&'static Code] = &[codes::SESSION_NOT_FRESH, codes::INVALID_SIGN_INS_CURSOR];
    type Path = Nothing;
    type Query = FindUsersQuery;
    type Body = Nothing;
    type Output = FindUsersResponse;
}

/// What to search for: either `email` or `role`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FindUsersQuery {
    /// Reason of the search.
    #[garde(required, dive)]
    pub reason: Option<Reason>,
    /// The login e-mail, in any spelling.
    #[garde(length(chars, min = 1, max = 320))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Name of the role.
    #[garde(length(chars, min = 1, max = 64))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Items on one page.
    #[garde(dive)]
    #[serde(default)]
    pub page_size: PageSize,
    /// `next_cursor` of the last page, with the same role.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// Found accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindUsersResponse {
    /// In the order of their ids.
    pub items: Vec<FoundUser>,
    /// Start of the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
}

/// A found account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundUser {
    /// Its id.
    pub id: UserId,
    /// The login e-mail, normalised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Display name; may be empty.
    pub display_name: String,
    /// Status.
    pub status: UserStatus,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

/// Statuses of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// May sign in.
    Active,
    /// Disabled by an operator; cannot sign in.
    Disabled,
}

/// `GET /api/v1/users/{user_id}`
pub struct GetUser;

impl Endpoint for GetUser {
    const ID: &'static str = "get_user";
    const SUMMARY: &'static str = "Shows an account with its sessions, social accounts and history.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/users/{user_id}";
    const AUTH: Auth = Auth::Permission(USERS_MANAGE);
    const IDEMPOTENT: bool = false; // each call is recorded
    const ERRORS: &'static [&'static Code] = &[codes::SESSION_NOT_FRESH, codes::USER_NOT_FOUND];
    type Path = UserPath;
    type Query = GetUserQuery;
    type Body = Nothing;
    type Output = GetUserResponse;
}

/// Reason of a look.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GetUserQuery {
    /// Reason of the look.
    #[garde(required, dive)]
    pub reason: Option<Reason>,
}

/// An account as operators see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GetUserResponse {
    /// The account.
    pub user: ManagedUser,
    /// Its active sessions, the most recently used first, at most 100.
    pub sessions: Vec<Session>,
    /// Its linked accounts, oldest first, at most 20.
    pub social_accounts: Vec<SocialAccount>,
    /// Changes of its sign-in methods, newest first, at most 100.
    pub events: Vec<AccountEvent>,
    /// Its sign-ins in the last 90 days, newest first, at most 20.
    pub sign_ins: Vec<SignIn>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ManagedUser {
    /// Its id.
    pub id: UserId,
    /// The login e-mail, normalised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `true` when its owner or an operator has proved it; else it is a claim.
    pub email_proved: bool,
    /// Display name; may be empty.
    pub display_name: String,
    /// Day of birth, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<NaiveDate>,
    /// ISO 3166-2 code, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Roles in alphabetical order.
    pub roles: Vec<String>,
    /// Status.
    pub status: UserStatus,
    /// `true` when it has a password.
    pub has_password: bool,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

macro_rules! acts {
    ($($name:ident = $id:literal $path:literal $summary:literal [$($error:ident),*];)*) => {
        $(
            #[doc = concat!("`POST ", $path, "`")]
            pub struct $name;

            impl Endpoint for $name {
                const ID: &'static str = $id;
                const SUMMARY: &'static str = $summary;
                const METHOD: Method = Method::Post;
                const PATH: &'static str = $path;
                const SUCCESS: u16 = 204;
                const BODY: BodyFormat = BodyFormat::Json;
                const AUTH: Auth = Auth::Permission(USERS_MANAGE);
                const ERRORS: &'static [&'static Code] =
                    &[codes::SESSION_NOT_FRESH, codes::USER_NOT_FOUND, $(codes::$error),*];
                type Path = UserPath;
                type Query = Nothing;
                type Body = ActRequest;
                type Output = NoContent;
            }
        )*
    };
}

acts! {
    DisableUser = "disable_user" "/api/v1/users/{user_id}/disable"
        "Disables an account: its sessions and access tokens end, and it cannot sign in." [LAST_ADMIN];
    EnableUser = "enable_user" "/api/v1/users/{user_id}/enable"
        "Enables a disabled account. Its sessions stay ended." [];
    UnlockUser = "unlock_user" "/api/v1/users/{user_id}/unlock"
        "Refills the budgets that guesses at an account have used up." [];
    EndUserSessions = "end_user_sessions" "/api/v1/users/{user_id}/end-sessions"
        "Ends all sessions and access tokens of an account." [];
    FreeEmail = "free_email" "/api/v1/users/{user_id}/free-email"
        "Removes the login e-mail from an account, so that its owner can use it." [NO_EMAIL, LAST_ADMIN];
    ProveEmail = "prove_email" "/api/v1/users/{user_id}/prove-email"
        "Marks the login e-mail of an account as proved, as a code from its mailbox does." [NO_EMAIL];
}

/// `POST /api/v1/users/{user_id}/correct-birth-date`
pub struct CorrectBirthDate;

impl Endpoint for CorrectBirthDate {
    const ID: &'static str = "correct_birth_date";
    const SUMMARY: &'static str = "Sets or removes the birth date of an account, and ends tokens with the former age.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/users/{user_id}/correct-birth-date";
    const SUCCESS: u16 = 204;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Permission(USERS_MANAGE);
    const ERRORS: &'static [&'static Code] = &[codes::SESSION_NOT_FRESH, codes::USER_NOT_FOUND];
    type Path = UserPath;
    type Query = Nothing;
    type Body = CorrectBirthDateRequest;
    type Output = NoContent;
}

/// A corrected birth date.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CorrectBirthDateRequest {
    /// Reason of the act.
    #[garde(dive)]
    pub reason: Reason,
    /// The birth date. Without one it is removed, so that the owner can set it again.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::date::full_date")]
    pub birth_date: Option<NaiveDate>,
}

/// `POST /api/v1/users/{user_id}/delete`
pub struct DeleteUser;

impl Endpoint for DeleteUser {
    const ID: &'static str = "delete_user";
    const SUMMARY: &'static str = "Deletes an account for good.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/users/{user_id}/delete";
    const SUCCESS: u16 = 204;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Permission(USERS_MANAGE);
    const DEADLINE: Duration = Duration::from_secs(20); // providers are called to revoke their grants
    const ERRORS: &'static [&'static Code] = &[codes::SESSION_NOT_FRESH, codes::USER_NOT_FOUND, codes::LAST_ADMIN];
    type Path = UserPath;
    type Query = Nothing;
    type Body = ActRequest;
    type Output = NoContent;
}
