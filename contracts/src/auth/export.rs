//! A copy of what is stored about an account (GDPR Art. 15 and 20).

use std::time::Duration;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::devices::Device;
use super::sign_ins::SignIn;
use super::social::SocialAccount;
use super::users::{AccountEvent, UserProfile};
use crate::codes;
use crate::endpoint::{Auth, Endpoint, Localization, Method, Nothing};
use crate::ids::SessionId;
use crate::problem::Code;

/// `GET /api/v1/me/export`
pub struct ExportMe;

impl Endpoint for ExportMe {
    const ID: &'static str = "export_me";
    const SUMMARY: &'static str = "Returns everything that is stored about the caller's own account, without secrets, \
                                   once a day, in a session that began in the last ten minutes.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/me/export";
    const AUTH: Auth = Auth::Required;
    const LOCALIZATION: Localization = Localization::Mail;
    const DEADLINE: Duration = Duration::from_secs(20); // a history may have tens of thousands of lines
    const ERRORS: &'static [&'static Code] = &[codes::SESSION_NOT_FRESH, codes::EXPORTED_RECENTLY];
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = ExportMeResponse;
}

/// Everything that is stored about an account. Secrets have no place in it: passwords, tokens and grants of providers are
/// stored as hashes or sealed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ExportMeResponse {
    /// Time of the export.
    pub exported_at: DateTime<Utc>,
    /// The account.
    pub user: UserProfile,
    /// `true` when the account has a password.
    pub has_password: bool,
    /// Logins.
    pub logins: Vec<ExportedLogin>,
    /// The pending change of the e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_change: Option<ExportedEmailChange>,
    /// Linked social accounts, oldest first.
    pub social_accounts: Vec<ExportedSocialAccount>,
    /// Sessions, the most recently used first: the live ones, and ended ones until they are deleted.
    pub sessions: Vec<ExportedSession>,
    /// The sign-in history, newest first.
    pub sign_ins: Vec<SignIn>,
    /// `false` when the history is longer than the 50,000 newest entries: `list_sign_ins` returns the rest.
    pub sign_ins_complete: bool,
    /// Changes of the account, newest first.
    pub events: Vec<AccountEvent>,
    /// Acts of operators on the account, newest first.
    pub operator_acts: Vec<ExportedAct>,
}

/// A login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportedLogin {
    /// The login e-mail in canonical form, or the former spelling by which the account signs in.
    pub login: String,
    /// Time at which the user proved to read this mailbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved_at: Option<DateTime<Utc>>,
}

/// A pending change of the e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportedEmailChange {
    /// The e-mail to come.
    pub new_email: String,
    /// Time of the request.
    pub asked_at: DateTime<Utc>,
    /// Time at which it is applied without a code from the former mailbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
}

/// An act of an operator on the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportedAct {
    /// Time.
    pub at: DateTime<Utc>,
    /// Name of the act, such as `get_user`.
    pub action: String,
    /// `done`, `unchanged` or the code of a problem.
    pub outcome: String,
}

/// A linked social account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportedSocialAccount {
    /// The account, as `list_social_accounts` shows it.
    #[serde(flatten)]
    pub account: SocialAccount,
    /// The user's id at the provider.
    pub subject: String,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportedSession {
    /// Its id.
    pub id: SessionId,
    /// The device, as reported by the client.
    pub device: Device,
    /// Time of the sign-in.
    pub created_at: DateTime<Utc>,
    /// Time of the last sign-in or refresh.
    pub last_used_at: DateTime<Utc>,
    /// Time at which it expires unless it is used.
    pub expires_at: DateTime<Utc>,
    /// Time of an early end, such as a sign-out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
}
