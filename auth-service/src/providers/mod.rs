//! Social providers: the trait, one client for each provider, and the table of the enabled ones.
//!
//! [`Provider`] is the interface to the flows. `google`, `yandex`, `vk`, `mail_ru` and `oidc` are the implementations.
//! Shared parts: `http` (calls and their errors), `exchange` (authorization URLs and the exchange of codes), `openid`,
//! `id_token`, `jwks` and `jws` (OpenID Connect), `oauth_error` (classes of error codes), `lenient` (optional members),
//! `claims` (names, dates, ids) and `trust` (trusted e-mail addresses).

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
