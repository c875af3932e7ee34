//! Signing in with accounts at social providers, linking and unlinking them.
//!
//! An app starts, opens `authorize_url` in the system's browser (RFC 8252), receives the callback at its redirect URI,
//! and finishes with the ticket and the callback's query. The account page follows the same steps.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::devices::Device;
use super::sessions::Tokens;
use super::users::UserProfile;
use crate::endpoint::{Auth, BodyFormat, Cache, Endpoint, Localization, Method, NoContent, Nothing};
use crate::problem::Code;
use crate::{Language, Secret, codes};

/// A provider may take seconds to respond, and may need more than one request.
const DEADLINE: Duration = Duration::from_secs(20);
/// Maximum length of the name of a provider, in bytes.
const MAX_PROVIDER_ID: usize = 32;

/// `GET /api/v1/social/providers`
pub struct ListProviders;

impl Endpoint for ListProviders {
    const ID: &'static str = "list_providers";
    const SUMMARY: &'static str = "Lists the available social providers.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/social/providers";
    const AUTH: Auth = Auth::Public;
    const CACHE: Cache = Cache::Public { max_age: 60 };
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = ListProvidersResponse;
}

/// The providers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListProvidersResponse {
    /// In display order; there are only a few.
    pub items: Vec<ProviderInfo>,
}

/// A social provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProviderInfo {
    /// Its name in paths, such as `google`.
    pub id: String,
    /// Label of its button, in Russian.
    pub name_ru: String,
    /// The same in English.
    pub name_en: String,
}

/// Name of a provider in paths, settings and rows: lower-case letters, digits and `_`, at most 32. Never given to
/// another provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderId(String);

impl ProviderId {
    /// Parses a name; `None` when it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = (1..=MAX_PROVIDER_ID).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A provider, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProviderPath {
    /// [`ProviderInfo::id`].
    pub provider: String,
}

/// `POST /api/v1/social/{provider}/start`
pub struct StartSocialLogin;

impl Endpoint for StartSocialLogin {
    const ID: &'static str = "start_social_login";
    const SUMMARY: &'static str = "Starts a sign-in with a social provider.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/social/{provider}/start";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    const DEADLINE: Duration = DEADLINE;
    const ERRORS: &'static [&'static Code] =
        &[codes::PROVIDER_NOT_FOUND, codes::NO_APP_REDIRECT, codes::PROVIDER_FAILED, codes::PROVIDER_UNAVAILABLE];
    type Path = ProviderPath;
    type Query = Nothing;
    type Body = StartSocialRequest;
    type Output = StartSocialResponse;
}

/// Options of the provider's pages.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StartSocialRequest {
    /// Language, where the provider offers a choice.
    #[garde(skip)]
    #[serde(default)]
    pub language: Language,
}

/// A sign-in or a link in progress.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StartSocialResponse {
    /// Open this in the system's browser, never in a view of your own.
    pub authorize_url: String,
    /// Keep it inside the app and send it with the callback: its bearer can finish the sign-in.
    pub ticket: Secret,
    /// Lifetime of the ticket in seconds.
    pub expires_in: u64,
}

/// `POST /api/v1/social/{provider}/finish`
pub struct FinishSocialLogin;

impl Endpoint for FinishSocialLogin {
    const ID: &'static str = "finish_social_login";
    const SUMMARY: &'static str = "Signs in, or up, with the provider's callback.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/social/{provider}/finish";
    const SUCCESS: u16 = 201;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    const DEADLINE: Duration = DEADLINE;
    const ERRORS: &'static [&'static Code] = &[
        codes::PROVIDER_NOT_FOUND,
        codes::NO_APP_REDIRECT,
        codes::SOCIAL_TICKET_INVALID,
        codes::SOCIAL_CANCELLED,
        codes::SOCIAL_REFUSED,
        codes::SOCIAL_EMAIL_TAKEN,
        codes::EMAIL_CLAIMED,
        codes::ACCOUNT_DISABLED,
        codes::PROVIDER_FAILED,
        codes::PROVIDER_UNAVAILABLE,
    ];
    type Path = ProviderPath;
    type Query = Nothing;
    type Body = FinishSocialLoginRequest;
    type Output = FinishSocialLoginResponse;
}

/// The provider's callback.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FinishSocialLoginRequest {
    /// From the start. Single use.
    #[garde(length(chars, min = 1, max = 4096))]
    pub ticket: Secret,
    /// The query of the URL that the provider sent the browser to, unchanged: `code=…&state=…`.
    #[garde(length(chars, min = 1, max = 8192))]
    pub callback: Secret,
    /// `true` takes the e-mail, for which the provider vouches, from an account that only claims it; after
    /// `auth.email_claimed`, in another sign-in. That account is most often an old one of the same person, who would
    /// rather sign in to it, or reset its password, and link.
    #[garde(skip)]
    #[serde(default)]
    pub take_claimed: bool,
    /// The device, for the list of sessions and the history.
    #[garde(dive)]
    #[serde(default)]
    pub device: Device,
}

/// A signed-in session.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FinishSocialLoginResponse {
    /// The account.
    pub user: UserProfile,
    /// Access and refresh token.
    pub tokens: Tokens,
}

/// `POST /api/v1/me/social-accounts/{provider}/start`
pub struct StartSocialLink;

impl Endpoint for StartSocialLink {
    const ID: &'static str = "start_social_link";
    const SUMMARY: &'static str = "Starts linking a social account to the caller's own account, in a session that \
                                   began in the last ten minutes.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/me/social-accounts/{provider}/start";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Required;
    const DEADLINE: Duration = DEADLINE;
    const ERRORS: &'static [&'static Code] = &[
        codes::PROVIDER_NOT_FOUND,
        codes::NO_APP_REDIRECT,
        codes::SESSION_NOT_FRESH,
        codes::PROVIDER_FAILED,
        codes::PROVIDER_UNAVAILABLE,
    ];
    type Path = ProviderPath;
    type Query = Nothing;
    type Body = StartSocialRequest;
    type Output = StartSocialResponse;
}

/// `POST /api/v1/me/social-accounts/{provider}/finish`
pub struct FinishSocialLink;

impl Endpoint for FinishSocialLink {
    const ID: &'static str = "finish_social_link";
    const SUMMARY: &'static str =
        "Links the social account of the provider's callback, in the session that started it.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/me/social-accounts/{provider}/finish";
    const SUCCESS: u16 = 201;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Required;
    const LOCALIZATION: Localization = Localization::Mail;
    const DEADLINE: Duration = DEADLINE;
    const ERRORS: &'static [&'static Code] = &[
        codes::PROVIDER_NOT_FOUND,
        codes::NO_APP_REDIRECT,
        codes::SOCIAL_TICKET_INVALID,
        codes::SOCIAL_CANCELLED,
        codes::SOCIAL_REFUSED,
        codes::SOCIAL_ACCOUNT_TAKEN,
        codes::TOO_MANY_SOCIAL_ACCOUNTS,
        codes::PROVIDER_FAILED,
        codes::PROVIDER_UNAVAILABLE,
    ];
    type Path = ProviderPath;
    type Query = Nothing;
    type Body = FinishSocialLinkRequest;
    type Output = FinishSocialLinkResponse;
}

/// The provider's callback.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FinishSocialLinkRequest {
    /// From the start. Single use.
    #[garde(length(chars, min = 1, max = 4096))]
    pub ticket: Secret,
    /// The query of the URL that the provider sent the browser to, unchanged: `code=…&state=…`.
    #[garde(length(chars, min = 1, max = 8192))]
    pub callback: Secret,
}

/// The linked account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FinishSocialLinkResponse {
    /// The account at the provider.
    pub social_account: SocialAccount,
}

/// `GET /api/v1/me/social-accounts`
pub struct ListSocialAccounts;

impl Endpoint for ListSocialAccounts {
    const ID: &'static str = "list_social_accounts";
    const SUMMARY: &'static str = "Lists the social accounts that are linked to the caller's own account.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/me/social-accounts";
    const AUTH: Auth = Auth::Required;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = ListSocialAccountsResponse;
}

/// The linked accounts.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListSocialAccountsResponse {
    /// Oldest first, at most 20.
    pub items: Vec<SocialAccount>,
}

/// An account at a social provider that is linked here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SocialAccount {
    /// Its id here.
    pub id: Uuid,
    /// The provider's id.
    pub provider: String,
    /// A label its owner will recognise, such as an address or a name; may be empty.
    pub label: String,
    /// Time of linking.
    pub linked_at: DateTime<Utc>,
    /// Time of the last sign-in with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
}

/// `DELETE /api/v1/me/social-accounts/{social_account_id}`
pub struct UnlinkSocialAccount;

impl Endpoint for UnlinkSocialAccount {
    const ID: &'static str = "unlink_social_account";
    const SUMMARY: &'static str = "Unlinks a social account, unless it is the account's only sign-in method, in a \
                                   session that began in the last ten minutes.";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/api/v1/me/social-accounts/{social_account_id}";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Required;
    const LOCALIZATION: Localization = Localization::Mail;
    const IDEMPOTENT: bool = false; // the second call gets 404
    const DEADLINE: Duration = DEADLINE;
    const ERRORS: &'static [&'static Code] =
        &[codes::SOCIAL_ACCOUNT_NOT_FOUND, codes::SESSION_NOT_FRESH, codes::LAST_WAY_IN];
    type Path = SocialAccountPath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}

/// A linked account, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SocialAccountPath {
    /// [`SocialAccount::id`].
    pub social_account_id: Uuid,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_provider_is_short_and_plain() {
        for good in ["google", "mail_ru", "oidc2", "a"] {
            assert!(ProviderId::parse(good).is_some_and(|id| id.as_str() == good), "{good}");
        }
        for bad in ["", "Google", "mail-ru", "a b", "../x", "гугл", &"a".repeat(33)] {
            assert!(ProviderId::parse(bad).is_none(), "{bad}");
        }
    }
}
