//! Construction of the enabled providers.

use std::sync::Arc;
use std::time::Duration;

use contracts::auth::social::ProviderId;
use service_kit::Clock;
use service_kit::client::breaker::{Breaker, BreakerSettings};
use service_kit::client::{EgressPolicy, ExternalClient, ExternalClientSettings};
use url::Url;

use crate::enabled::{EnabledProvider, Label, Providers};
use crate::google::{Google, GoogleSettings};
use crate::http::ProviderHttp;
use crate::mail_ru::{MailRu, MailRuSettings};
use crate::oidc::{Oidc, OidcSettings};
use crate::provider::Provider;
use crate::vk::{Vk, VkAccount, VkSettings};
use crate::yandex::{Yandex, YandexSettings};

/// Enabled providers, and settings of their HTTP clients.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// Timeout of one call to a provider.
    pub timeout: Duration,
    /// `true` when host names may resolve to private addresses.
    pub allow_private_hosts: bool,
    /// Settings of the breaker of each provider.
    pub breaker: BreakerSettings,
    /// Google.
    pub google: Option<GoogleSettings>,
    /// Yandex ID.
    pub yandex: Option<YandexSettings>,
    /// VK ID.
    pub vk: Option<VkSettings>,
    /// Mail, by applications registered at oauth.mail.ru.
    pub mail_ru: Option<MailRuSettings>,
    /// Any other OpenID Connect provider.
    pub oidc: Option<OidcSettings>,
}

impl Default for ProviderSettings {
    fn default() -> Self {
        let breaker = BreakerSettings {
            open_for: Duration::from_secs(2),
            max_open: Duration::from_secs(30),
            concurrency: 64,
            ..BreakerSettings::default()
        };
        let timeout = Duration::from_secs(5);
        let (google, yandex, vk, mail_ru, oidc) = (None, None, None, None, None);
        Self { timeout, allow_private_hosts: false, breaker, google, yandex, vk, mail_ru, oidc }
    }
}

/// Failed construction.
#[derive(Debug, thiserror::Error)]
pub enum ProvidersError {
    /// No HTTPS client can be built.
    #[error("no HTTPS client for providers can be built")]
    Client(#[from] reqwest::Error),
    /// A configured URL cannot have a path.
    #[error("the URL of a provider is not valid")]
    Address(#[from] url::ParseError),
}

impl ProviderSettings {
    /// Builds the providers; makes no call.
    ///
    /// # Errors
    /// [`ProvidersError`].
    pub fn build(&self, clock: &Arc<dyn Clock>) -> Result<Providers, ProvidersError> {
        let mut enabled = Vec::new();
        if let Some(settings) = &self.yandex {
            let http = self.http("yandex", &[&settings.oauth_url, &settings.api_url])?;
            enabled.extend(enable("yandex", ("Яндекс", "Yandex"), Yandex::new(settings.clone(), http)?));
        }
        if let Some(settings) = &self.vk {
            let http = self.http("vk", &[&settings.url])?;
            for account in &settings.accounts {
                let label = match account {
                    VkAccount::Vk => ("VK ID", "VK ID"),
                    VkAccount::MailRu => MAIL,
                    VkAccount::OkRu => ("Одноклассники", "OK"),
                };
                enabled.extend(enable(account.id(), label, Vk::new(settings, *account, http.clone())?));
            }
        }
        if let Some(settings) = &self.mail_ru {
            let http = self.http("mail_ru", &[&settings.url])?;
            enabled.extend(enable("mail_ru", MAIL, MailRu::new(settings.clone(), http)?));
        }
        if let Some(settings) = &self.google {
            let urls = [&settings.token_url, &settings.userinfo_url, &settings.jwks_url, &settings.revoke_url];
            let http = self.http("google", &urls)?;
            let google = Google::new(settings.clone(), http, Arc::clone(clock));
            enabled.extend(enable("google", ("Google", "Google"), google));
        }
        if let Some(settings) = &self.oidc {
            let issuer = Url::parse(&settings.issuer)?;
            let http = self.http(settings.id.as_str(), &[&issuer])?;
            let oidc = Oidc::new(settings.clone(), http, self.egress_policy(&[&issuer]), Arc::clone(clock));
            enabled.extend(enable(settings.id.as_str(), (&settings.name, &settings.name), oidc));
        }
        Ok(Providers::new(enabled))
    }

    fn http(&self, name: &str, urls: &[&Url]) -> Result<ProviderHttp, reqwest::Error> {
        let settings = ExternalClientSettings { timeout: self.timeout, egress: self.egress_policy(urls) };
        let breaker = Breaker::unprobed(name, self.breaker);
        Ok(ProviderHttp::new(name, ExternalClient::new(breaker, settings)?))
    }

    /// A private host in the settings is deliberate, so private addresses are allowed for that provider.
    fn egress_policy(&self, urls: &[&Url]) -> EgressPolicy {
        let private = self.allow_private_hosts || urls.iter().any(|url| EgressPolicy::is_private_host(url));
        if private { EgressPolicy::Private } else { EgressPolicy::Public }
    }
}

/// Mail is one provider to users, whichever client reaches it.
const MAIL: (&str, &str) = ("Почта Mail", "Mail");

fn enable(id: &str, (ru, en): (&str, &str), provider: impl Provider + 'static) -> Option<EnabledProvider> {
    let label = Label { ru: ru.to_owned(), en: en.to_owned() };
    Some(EnabledProvider { id: ProviderId::parse(id)?, label, provider: Arc::new(provider) })
}
