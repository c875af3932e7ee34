//! Social providers: what a sign-in needs of each, how each is talked to, and the table of those that the settings
//! enable.
//!
//! [`Provider`] is the seam to the flows. `google`, `yandex`, `vk`, `mail_ru` and `oidc` know one provider each; what they
//! share is beside them: `channel` (calls and their failures), `exchange` (leaving, and trading the code), `openid`,
//! `id_token`, `jwks` and `jws` (OpenID Connect), `oauth_error` (error codes by meaning), `lenient` (optional members), `person`
//! (names, days, ids) and `trust` (whose word counts for an address).

mod build;
mod claims;
mod enabled;
mod exchange;
mod google;
mod http;
mod id_token;
mod jwks;
mod jws;
mod lenient;
mod mail_ru;
mod oauth_error;
mod oidc;
mod openid;
mod provider;
mod trust;
mod vk;
mod yandex;

pub use build::{ProviderSettings, ProvidersError};
pub use enabled::{EnabledProvider, Label, Providers};
pub use google::GoogleSettings;
pub use mail_ru::MailRuSettings;
pub use oauth_error::OAuthError;
pub use oidc::OidcSettings;
pub use provider::{
    AuthorizationRequest, AuthorizationResponse, CodeUse, EmailAddress, Grant, Profile, Provider, ProviderError,
};
pub use vk::{VkAccount, VkSettings};
pub use yandex::YandexSettings;
