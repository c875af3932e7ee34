//! Validation of the settings of social providers.

use std::time::Duration;

use contracts::auth::social::ProviderId;
use secrecy::{ExposeSecret, SecretString};
use service_kit::client::EgressPolicy;
use service_kit::settings::{ConfigErrors, InvalidConfig, secret};
use url::Url;

use super::args::ProviderArgs;
use crate::build::ProviderSettings;
use crate::google::GoogleSettings;
use crate::mail_ru::MailRuSettings;
use crate::oidc::OidcSettings;
use crate::vk::{VkAccount, VkSettings};
use crate::yandex::YandexSettings;

/// Reserved names that `AUTH_OIDC_ID` may not use.
const RESERVED_IDS: [&str; 5] = ["google", "yandex", "vk", "mail_ru", "ok_ru"];
/// Maximum length of a button label, in characters.
const MAX_LABEL: usize = 40;

impl ProviderArgs {
    /// Checks these settings alone.
    ///
    /// # Errors
    /// [`InvalidConfig`] with all errors.
    pub fn check(&self) -> Result<ProviderSettings, InvalidConfig> {
        let mut errors = ConfigErrors::default();
        let settings = self.read(&mut errors);
        errors.finish(settings)
    }

    /// Checks these settings among others.
    pub fn read(&self, errors: &mut ConfigErrors) -> ProviderSettings {
        let (min, max) = (Duration::from_millis(100), Duration::from_secs(30));
        let allow_private =
            errors.flag("AUTH_SOCIAL_ALLOW_PRIVATE_HOSTS", self.social_allow_private_hosts.as_deref(), false);
        let settings = ProviderSettings {
            timeout: errors.duration("AUTH_SOCIAL_TIMEOUT", &self.social_timeout, min, max),
            allow_private_hosts: allow_private,
            google: self.google(errors, allow_private),
            yandex: self.yandex(errors, allow_private),
            vk: self.vk(errors, allow_private),
            mail_ru: self.mail_ru(errors, allow_private),
            oidc: self.oidc(errors, allow_private),
            ..ProviderSettings::default()
        };
        let by_vk = settings.vk.as_ref().is_some_and(|vk| vk.accounts.contains(&VkAccount::MailRu));
        if by_vk && settings.mail_ru.is_some() {
            errors.add("AUTH_MAIL_RU_CLIENT_ID: Mail is in AUTH_VK_PROVIDERS too; offer it one way");
        }
        settings
    }

    fn google(&self, errors: &mut ConfigErrors, allow_private: bool) -> Option<GoogleSettings> {
        let client_id = given(self.google_client_id.as_deref())?;
        let name = "AUTH_GOOGLE_CLIENT_SECRET";
        let secret = secret(name, self.google_client_secret.clone(), self.google_client_secret_file.as_deref());
        let client_secret = required_secret(errors, name, secret);
        let mut url = |name, text| provider_url(errors, name, text, allow_private);
        let (authorize_url, token_url, userinfo_url, jwks_url, revoke_url) = (
            url("AUTH_GOOGLE_AUTHORIZE_URL", &self.google_authorize_url),
            url("AUTH_GOOGLE_TOKEN_URL", &self.google_token_url),
            url("AUTH_GOOGLE_USERINFO_URL", &self.google_userinfo_url),
            url("AUTH_GOOGLE_JWKS_URL", &self.google_jwks_url),
            url("AUTH_GOOGLE_REVOKE_URL", &self.google_revoke_url),
        );
        Some(GoogleSettings {
            client_id,
            client_secret: client_secret?,
            authorize_url: authorize_url?,
            token_url: token_url?,
            userinfo_url: userinfo_url?,
            jwks_url: jwks_url?,
            revoke_url: revoke_url?,
        })
    }

    fn yandex(&self, errors: &mut ConfigErrors, allow_private: bool) -> Option<YandexSettings> {
        let client_id = given(self.yandex_client_id.as_deref())?;
        let name = "AUTH_YANDEX_CLIENT_SECRET";
        let secret = secret(name, self.yandex_client_secret.clone(), self.yandex_client_secret_file.as_deref());
        let client_secret = required_secret(errors, name, secret);
        let oauth_url = provider_url(errors, "AUTH_YANDEX_OAUTH_URL", &self.yandex_oauth_url, allow_private);
        let api_url = provider_url(errors, "AUTH_YANDEX_API_URL", &self.yandex_api_url, allow_private);
        Some(YandexSettings { client_id, client_secret: client_secret?, oauth_url: oauth_url?, api_url: api_url? })
    }

    fn vk(&self, errors: &mut ConfigErrors, allow_private: bool) -> Option<VkSettings> {
        let client_id = given(self.vk_client_id.as_deref())?;
        let url = provider_url(errors, "AUTH_VK_URL", &self.vk_url, allow_private);
        let accounts = errors.take("AUTH_VK_PROVIDERS", vk_accounts(&self.vk_providers), Vec::new());
        Some(VkSettings { client_id, url: url?, accounts })
    }

    fn mail_ru(&self, errors: &mut ConfigErrors, allow_private: bool) -> Option<MailRuSettings> {
        let client_id = given(self.mail_ru_client_id.as_deref())?;
        let name = "AUTH_MAIL_RU_CLIENT_SECRET";
        let secret = secret(name, self.mail_ru_client_secret.clone(), self.mail_ru_client_secret_file.as_deref());
        let client_secret = required_secret(errors, name, secret);
        let url = provider_url(errors, "AUTH_MAIL_RU_URL", &self.mail_ru_url, allow_private);
        Some(MailRuSettings { client_id, client_secret: client_secret?, url: url? })
    }

    fn oidc(&self, errors: &mut ConfigErrors, allow_private: bool) -> Option<OidcSettings> {
        let client_id = given(self.oidc_client_id.as_deref())?;
        let name = "AUTH_OIDC_CLIENT_SECRET";
        let secret = secret(name, self.oidc_client_secret.clone(), self.oidc_client_secret_file.as_deref());
        let client_secret = errors.take(name, secret, None).filter(|secret| !secret.expose_secret().is_empty());
        let issuer = given(self.oidc_issuer.as_deref()).unwrap_or_default();
        let url = provider_url(errors, "AUTH_OIDC_ISSUER", &issuer, allow_private);
        let id = errors.take("AUTH_OIDC_ID", oidc_id(&self.oidc_id).map(Some), None);
        let label = self.oidc_name.trim();
        if label.is_empty() || label.chars().count() > MAX_LABEL || label.chars().any(char::is_control) {
            errors.add(format!("AUTH_OIDC_NAME: must have 1 to {MAX_LABEL} characters"));
        }
        if !self.oidc_scopes.split_whitespace().any(|scope| scope == "openid") {
            errors.add("AUTH_OIDC_SCOPES: must contain openid");
        }
        let trust_email = errors.flag("AUTH_OIDC_TRUST_EMAIL", self.oidc_trust_email.as_deref(), false);
        let scopes = self.oidc_scopes.trim().to_owned();
        url.and(id).map(|id| OidcSettings {
            id,
            name: label.to_owned(),
            issuer,
            client_id,
            client_secret,
            scopes,
            trust_email,
        })
    }
}

fn given(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn required_secret<E: std::fmt::Display>(
    errors: &mut ConfigErrors,
    name: &str,
    secret: Result<Option<SecretString>, E>,
) -> Option<SecretString> {
    let is_reported = secret.is_err();
    let secret = errors.take(name, secret, None).filter(|secret| !secret.expose_secret().is_empty());
    if secret.is_none() && !is_reported {
        errors.add(format!("{name}: must be set when the application's id is"));
    }
    secret
}

/// URL of a provider: HTTPS, or plain HTTP to this machine and private networks, or when the operator permits it.
fn provider_url(errors: &mut ConfigErrors, name: &str, text: &str, allow_private: bool) -> Option<Url> {
    let read = || {
        let url = Url::parse(text.trim()).map_err(|error| error.to_string())?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !matches!(url.scheme(), "http" | "https") || !plain {
            return Err("must be an http or https URL without query, fragment and user".to_owned());
        }
        if url.scheme() == "http" && !allow_private && !EgressPolicy::is_private_host(&url) {
            return Err("must be https, unless AUTH_SOCIAL_ALLOW_PRIVATE_HOSTS is true".to_owned());
        }
        if !EgressPolicy::Private.allows_host(&url) {
            return Err("no provider can be at a link-local, multicast or unspecified address".to_owned());
        }
        Ok(url)
    };
    errors.take(name, read().map(Some), None)
}

fn vk_accounts(text: &str) -> Result<Vec<VkAccount>, &'static str> {
    let mut accounts = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let known = [VkAccount::Vk, VkAccount::MailRu, VkAccount::OkRu].into_iter().find(|known| known.id() == word);
        let account = known.ok_or("must be some of vk, mail_ru and ok_ru, by commas")?;
        if accounts.contains(&account) {
            return Err("names one account twice");
        }
        accounts.push(account);
    }
    if accounts.is_empty() { Err("must name at least one of vk, mail_ru and ok_ru") } else { Ok(accounts) }
}

fn oidc_id(text: &str) -> Result<ProviderId, &'static str> {
    let text = text.trim();
    if RESERVED_IDS.contains(&text) {
        return Err("is the name of another provider");
    }
    ProviderId::parse(text).ok_or("has 1 to 32 characters of a-z, 0-9 and _")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        providers: ProviderArgs,
    }

    fn read(arguments: &[&str]) -> Result<ProviderSettings, String> {
        let args = Command::parse_from(["test"].iter().chain(arguments)).providers;
        args.check().map_err(|bad| bad.to_string())
    }

    #[test]
    fn without_ids_there_are_no_providers() {
        let settings = read(&["--google-client-id=", "--oidc-issuer=https://issuer.test"]).unwrap();
        assert!(settings.google.is_none() && settings.oidc.is_none() && settings.vk.is_none());
        assert_eq!(settings.timeout, Duration::from_secs(5));
    }

    #[test]
    fn an_id_and_a_secret_are_enough() {
        let settings = read(&[
            "--google-client-id=g",
            "--google-client-secret=hunter2",
            "--vk-client-id=51",
            "--vk-providers=ok_ru, vk",
        ])
        .unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert_eq!(settings.google.unwrap().token_url.as_str(), "https://oauth2.googleapis.com/token");
        assert_eq!(settings.vk.unwrap().accounts, [VkAccount::OkRu, VkAccount::Vk]);
    }

    #[test]
    fn all_errors_are_reported_together_and_without_secrets() {
        let error = read(&[
            "--social-timeout=1ms",
            "--google-client-id=g",
            "--google-jwks-url=http://keys.test/",
            "--yandex-client-id=y",
            "--yandex-client-secret=hunter2",
            "--yandex-api-url=http://169.254.169.254/",
            "--vk-client-id=51",
            "--vk-providers=vk,vk",
            "--oidc-client-id=o",
            "--oidc-id=google",
            "--oidc-scopes=email",
            "--oidc-trust-email=perhaps",
        ])
        .unwrap_err();
        for name in [
            "AUTH_SOCIAL_TIMEOUT",
            "AUTH_GOOGLE_CLIENT_SECRET",
            "AUTH_GOOGLE_JWKS_URL",
            "AUTH_YANDEX_API_URL",
            "AUTH_VK_PROVIDERS",
            "AUTH_OIDC_ISSUER",
            "AUTH_OIDC_ID",
            "AUTH_OIDC_SCOPES",
            "AUTH_OIDC_TRUST_EMAIL",
        ] {
            assert!(error.contains(name), "{name} is missing in: {error}");
        }
        assert!(!error.contains("hunter2"));
    }

    #[test]
    fn mail_is_offered_one_way() {
        let by_itself = ["--mail-ru-client-id=m", "--mail-ru-client-secret=s"];
        assert!(read(&by_itself).unwrap().mail_ru.is_some());
        let both = [&by_itself[..], &["--vk-client-id=51", "--vk-providers=vk,mail_ru"]].concat();
        assert!(read(&both).unwrap_err().contains("AUTH_MAIL_RU_CLIENT_ID"));
    }

    #[test]
    fn plain_http_is_for_this_machine_or_for_those_who_say_so() {
        let vk = |url: &str, more: &[&str]| read(&[&["--vk-client-id=51", url], more].concat()).map(|_| ());
        assert!(vk("--vk-url=http://127.0.0.1:9102", &[]).is_ok());
        assert!(vk("--vk-url=http://id.corp.test", &[]).is_err());
        assert!(vk("--vk-url=http://id.corp.test", &["--social-allow-private-hosts=true"]).is_ok());
        assert!(vk("--vk-url=https://user@id.corp.test", &[]).is_err());
    }
}
