//! Social providers: Google, Yandex ID, VK ID, Mail and any OpenID Connect provider. No state, no SQL, no type of
//! accounts: a [`Profile`] is input, and its reader parses it.
//!
//! [`Provider`] is the interface; `google`, `yandex`, `vk`, `mail_ru` and `oidc` implement it. Shared parts: `http`
//! (calls and their errors), `exchange` (authorization URLs and the exchange of codes), `openid`, `id_token`, `jwks` and
//! `jws` (OpenID Connect), `oauth_error` (classes of error codes), `lenient` (optional members), `claims` (names, dates,
//! ids, addresses) and `trust` (trusted e-mail addresses). [`ProviderArgs`] are the settings, checked to
//! [`ProviderSettings`], which build the table of the [enabled](Providers) ones.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

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
mod redirect_uris;
mod settings;
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
pub use redirect_uris::{ClientKind, PROVIDER_PLACEHOLDER, RedirectUris};
pub use settings::ProviderArgs;
pub use vk::{VkAccount, VkSettings};
pub use yandex::YandexSettings;
