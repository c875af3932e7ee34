//! Interface of providers.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::NaiveDate;
use contracts::{Language, Secret};
use serde::{Deserialize, Serialize};
use url::Url;

/// Client of a provider. Real ones call it over HTTP; tests of flows have fakes.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Authorization URL for the browser.
    ///
    /// # Errors
    /// When the provider's discovery document is needed and unavailable.
    async fn authorize_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, ProviderError>;

    /// Exchanges the code for the user's profile. Sets [`AuthorizationResponse::code_use`] when the code is sent.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn identify(&self, response: &AuthorizationResponse<'_>) -> Result<Profile, ProviderError>;

    /// Revokes the grant; does nothing where the provider has no revocation.
    ///
    /// # Errors
    /// [`ProviderError`]; the identity is unlinked regardless.
    async fn revoke(&self, grant: &Grant) -> Result<(), ProviderError>;

    /// Expected parameter `iss` of the callback (RFC 9207), if the provider has an issuer.
    fn issuer(&self) -> Option<&str>;
}

/// Parameters of an authorization request (RFC 6749 §4.1.1).
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    /// Redirect URI, exactly as registered with the provider.
    pub redirect_uri: &'a str,
    /// At least 32 random characters.
    pub state: &'a str,
    /// Nonce of the ID token, for providers that issue one.
    pub nonce: &'a str,
    /// PKCE verifier, 43 to 128 characters (RFC 7636 §4.1); the challenge is S256 of it.
    pub verifier: &'a Secret,
    /// Device id of this sign-in, a UUID, for providers that bind tokens to a device.
    pub device_id: &'a str,
    /// Language of the provider's pages.
    pub language: Language,
}

/// An authorization response (RFC 6749 §4.1.2), with the parameters of its request.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationResponse<'a> {
    /// The authorization code.
    pub code: &'a Secret,
    /// As in the request.
    pub redirect_uri: &'a str,
    /// As in the request.
    pub state: &'a str,
    /// As in the request.
    pub nonce: &'a str,
    /// As in the request.
    pub verifier: &'a Secret,
    /// As in the request.
    pub device_id: &'a str,
    /// Device id of the callback (VK ID).
    pub callback_device_id: Option<&'a str>,
    /// Parameter `iss` of the callback (RFC 9207), if present. It is compared with [`Provider::issuer`] already.
    pub callback_issuer: Option<&'a str>,
    /// Set when the code is sent.
    pub code_use: &'a CodeUse,
}

/// Records whether a code was sent to its provider. A sent code is used up, whatever the response (RFC 6749 §4.1.2);
/// until then a failed callback can be repeated.
#[derive(Debug, Default)]
pub struct CodeUse(AtomicBool);

impl CodeUse {
    /// Sets the state: before the code is sent, and after it turned out to be unsent.
    pub fn set(&self, is_sent: bool) {
        self.0.store(is_sent, Ordering::Relaxed);
    }

    /// `true` when the code was sent, or may have been.
    pub fn is_sent(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Profile of the user at the provider.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Subject: the provider's id of the user; never empty, at most 255 bytes.
    pub subject: String,
    /// E-mail address, if the provider returned one.
    pub email: Option<EmailAddress>,
    /// Names in order of preference, as the provider writes them.
    pub names: Vec<String>,
    /// Birth date, if complete.
    pub birth_date: Option<NaiveDate>,
    /// Grant to revoke later, where the provider supports it.
    pub grant: Option<Grant>,
}

/// E-mail address, and its trustworthiness.
#[derive(Clone)]
pub struct EmailAddress {
    /// The address, trimmed and in lower case, with one `@` between two texts.
    pub address: String,
    /// `true` when the provider hosts this mailbox or has it verified by its owner today. Anything less counts for
    /// nothing.
    pub vouched: bool,
}

/// Hides the address from logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailAddress").field("vouched", &self.vouched).finish_non_exhaustive()
    }
}

/// Tokens of the provider, kept sealed, to revoke the grant later.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Grant {
    /// Access token.
    pub access_token: Secret,
    /// Refresh token, if issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// Device id of the tokens (VK ID, Yandex ID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
}

/// Failed call to a provider.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// The code or the grant is wrong, used or expired. A new sign-in may succeed.
    #[error("the provider rejects the code")]
    Refused,
    /// The response fails validation; the text is the reason.
    #[error("the provider's answer is not acceptable: {0}")]
    NotAcceptable(&'static str),
    /// No response, or an unreadable one; the text is the kind of failure.
    #[error("the provider does not answer: {0}")]
    Unavailable(&'static str),
    /// The breaker is open after earlier failures.
    #[error("the circuit breaker of the provider is open")]
    CircuitOpen,
    /// The provider rejects this client or its redirect URI: the settings are wrong.
    #[error("the provider does not accept this installation's settings")]
    Misconfigured,
}
