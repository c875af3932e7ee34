//! What a sign-in needs of a provider.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::NaiveDate;
use contracts::Secret;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::{DisplayName, Email, Language};

/// A provider as the flows see it. Real ones talk over HTTP; tests of flows stand in for them.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Where to send the browser.
    ///
    /// # Errors
    /// When the provider has to be asked for its addresses first and cannot be.
    async fn authorize_url(&self, departure: &AuthorizationRequest<'_>) -> Result<Url, ProviderError>;

    /// Trades the code that came back for the person behind it, and notes in [`AuthorizationResponse::code_use`] when it leaves.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn identify(&self, arrival: &AuthorizationResponse<'_>) -> Result<Profile, ProviderError>;

    /// Withdraws what the person has granted; nothing where the provider has no such thing.
    ///
    /// # Errors
    /// [`ProviderError`]; the identity is unlinked here all the same.
    async fn revoke(&self, grant: &Grant) -> Result<(), ProviderError>;

    /// What a parameter `iss` of the callback has to be (RFC 9207), where the provider has an issuer.
    fn issuer(&self) -> Option<&str>;
}

/// A browser on its way to the provider.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    /// Where it shall come back to, exactly as registered with the provider.
    pub redirect_uri: &'a str,
    /// At least 32 random characters.
    pub state: &'a str,
    /// Goes into the ID token of who makes one.
    pub nonce: &'a str,
    /// PKCE verifier, 43 to 128 characters (RFC 7636 §4.1); the challenge is S256 of it.
    pub verifier: &'a Secret,
    /// Names this sign-in to providers that keep tokens by device: a UUID.
    pub device_id: &'a str,
    /// The language of the provider's pages.
    pub language: Language,
}

/// A browser that came back with a code.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationResponse<'a> {
    /// The authorization code.
    pub code: &'a Secret,
    /// As at the departure.
    pub redirect_uri: &'a str,
    /// As at the departure.
    pub state: &'a str,
    /// As at the departure.
    pub nonce: &'a str,
    /// As at the departure.
    pub verifier: &'a Secret,
    /// As at the departure.
    pub device_id: &'a str,
    /// The device that the provider named in its callback (VK ID).
    pub callback_device_id: Option<&'a str>,
    /// Who the callback says that it is from (RFC 9207), if it says so. That it is no other is checked already.
    pub callback_issuer: Option<&'a str>,
    /// Whether the code has left for the provider.
    pub code_use: &'a CodeUse,
}

/// Whether a code has left for its provider. Then it is used up, whatever the answer (RFC 6749 §4.1.2); before, whatever failed
/// can be repeated with the same callback.
#[derive(Debug, Default)]
pub struct CodeUse(AtomicBool);

impl CodeUse {
    /// Notes whether it has left, before it is sent and after it turned out that it could not be.
    pub fn set(&self, is_sent: bool) {
        self.0.store(is_sent, Ordering::Relaxed);
    }

    /// Whether it has left, or may have.
    pub fn is_sent(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Who signed in at the provider.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The provider's id of the person, never empty, at most 255 bytes.
    pub subject: String,
    /// An e-mail address, if the provider told one that can be one.
    pub email: Option<EmailAddress>,
    /// How the person is called there; may be empty.
    pub display_name: DisplayName,
    /// Day of birth, if told whole.
    pub birth_date: Option<NaiveDate>,
    /// What revokes this later, where the provider can.
    pub grant: Option<Grant>,
}

/// An address, and whether the provider can be believed in it.
#[derive(Debug, Clone)]
pub struct EmailAddress {
    /// The address.
    pub address: Email,
    /// The provider hosts this mailbox or has it proved by its owner today. Anything less is hearsay, and taken for nothing.
    pub vouched: bool,
}

/// Tokens of the provider that are kept, sealed, to withdraw the grant later.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Grant {
    /// Access token.
    pub access_token: Secret,
    /// Refresh token, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// The device that the tokens belong to (VK ID, Yandex ID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
}

/// Why a provider did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProviderError {
    /// It takes the code or the grant for wrong, used or expired. Another sign-in may work.
    #[error("the provider refuses the code")]
    Refused,
    /// It answered something that must not be believed: what is wrong with it.
    #[error("the provider's answer is not acceptable: {0}")]
    NotAcceptable(&'static str),
    /// It did not answer, or not in a way that can be read: what happened.
    #[error("the provider does not answer: {0}")]
    Unavailable(&'static str),
    /// It is not asked for a while, because it did not answer before.
    #[error("the provider is not asked for a while")]
    Resting,
    /// It does not know this client or its redirect URI: the settings are wrong.
    #[error("the provider does not accept this installation's settings")]
    Misconfigured,
}
