//! Social providers: the settings of them. A provider exists when its application has an id.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use service_kit::client::Reach;
use service_kit::settings::{BadSettings, Complaints, secret};
use url::Url;

use crate::domain::ProviderId;
use crate::providers::{
    GoogleSettings, MailRuSettings, OidcSettings, ProviderSettings, VkAccount, VkSettings, YandexSettings,
};

/// Names that no provider of `AUTH_OIDC_ID` may take.
const TAKEN: [&str; 5] = ["google", "yandex", "vk", "mail_ru", "ok_ru"];
/// The longest name on a button, in characters.
const MAX_LABEL: usize = 40;

/// Sign-in by social providers.
#[derive(Debug, Clone, Args)]
pub struct ProviderArgs {
    /// How long one call to a provider may take, 100ms to 30s. Too long and people wait for a provider that is down; too
    /// short and slow ones seem to be.
    #[arg(long, global = true, env = "AUTH_SOCIAL_TIMEOUT", default_value = "5s")]
    pub social_timeout: String,
    /// Call providers at plain HTTP and in private networks too, whatever the names in settings lead to: true or false
    /// [default: false]. For companies with a provider of their own; else a provider could have this service call its
    /// neighbours.
    #[arg(long, global = true, env = "AUTH_SOCIAL_ALLOW_PRIVATE_HOSTS")]
    pub social_allow_private_hosts: Option<String>,

    /// Google: the application's id. Without it Google is not offered.
    #[arg(long, global = true, env = "AUTH_GOOGLE_CLIENT_ID")]
    pub google_client_id: Option<String>,
    /// Google: the application's secret. With a wrong one nobody can sign in by Google.
    #[arg(long, global = true, env = "AUTH_GOOGLE_CLIENT_SECRET", hide_env_values = true)]
    pub google_client_secret: Option<SecretString>,
    /// File with this secret, instead of the secret itself.
    #[arg(long, global = true, env = "AUTH_GOOGLE_CLIENT_SECRET_FILE")]
    pub google_client_secret_file: Option<PathBuf>,
    /// Google: where browsers are sent. A wrong host could ask people for their passwords.
    #[arg(
        long,
        global = true,
        env = "AUTH_GOOGLE_AUTHORIZE_URL",
        default_value = "https://accounts.google.com/o/oauth2/v2/auth"
    )]
    pub google_authorize_url: String,
    /// Google: where codes are traded. A wrong host gets the application's secret.
    #[arg(long, global = true, env = "AUTH_GOOGLE_TOKEN_URL", default_value = "https://oauth2.googleapis.com/token")]
    pub google_token_url: String,
    /// Google: where to ask about people what their ID token leaves out.
    #[arg(
        long,
        global = true,
        env = "AUTH_GOOGLE_USERINFO_URL",
        default_value = "https://openidconnect.googleapis.com/v1/userinfo"
    )]
    pub google_userinfo_url: String,
    /// Google: keys of ID tokens. Whoever answers there can sign in as anybody.
    #[arg(
        long,
        global = true,
        env = "AUTH_GOOGLE_JWKS_URL",
        default_value = "https://www.googleapis.com/oauth2/v3/certs"
    )]
    pub google_jwks_url: String,
    /// Google: where a grant is withdrawn when an identity is unlinked.
    #[arg(long, global = true, env = "AUTH_GOOGLE_REVOKE_URL", default_value = "https://oauth2.googleapis.com/revoke")]
    pub google_revoke_url: String,

    /// Yandex ID: the application's id. Without it Yandex is not offered.
    #[arg(long, global = true, env = "AUTH_YANDEX_CLIENT_ID")]
    pub yandex_client_id: Option<String>,
    /// Yandex ID: the application's secret. With a wrong one nobody can sign in by Yandex.
    #[arg(long, global = true, env = "AUTH_YANDEX_CLIENT_SECRET", hide_env_values = true)]
    pub yandex_client_secret: Option<SecretString>,
    /// File with this secret, instead of the secret itself.
    #[arg(long, global = true, env = "AUTH_YANDEX_CLIENT_SECRET_FILE")]
    pub yandex_client_secret_file: Option<PathBuf>,
    /// Yandex ID: the host of /authorize, /token and /revoke_token. A wrong host gets the application's secret.
    #[arg(long, global = true, env = "AUTH_YANDEX_OAUTH_URL", default_value = "https://oauth.yandex.ru")]
    pub yandex_oauth_url: String,
    /// Yandex ID: the host of /info. Whoever answers there can sign in as anybody.
    #[arg(long, global = true, env = "AUTH_YANDEX_API_URL", default_value = "https://login.yandex.ru")]
    pub yandex_api_url: String,

    /// VK ID: the application's id, a number. Without it VK ID is not offered. There is no secret.
    #[arg(long, global = true, env = "AUTH_VK_CLIENT_ID")]
    pub vk_client_id: Option<String>,
    /// VK ID: the accounts that are offered through it, by commas: vk, mail_ru, ok_ru. Those that are not switched on for
    /// the application at VK ID end in an error there.
    #[arg(long, global = true, env = "AUTH_VK_PROVIDERS", default_value = "vk")]
    pub vk_providers: String,
    /// VK ID: the host of /authorize and /oauth2. Whoever answers there can sign in as anybody.
    #[arg(long, global = true, env = "AUTH_VK_URL", default_value = "https://id.vk.ru")]
    pub vk_url: String,

    /// Mail, by an application of oauth.mail.ru that is older than July 2025: its id. Without it Mail is offered only if
    /// AUTH_VK_PROVIDERS names it.
    #[arg(long, global = true, env = "AUTH_MAIL_RU_CLIENT_ID")]
    pub mail_ru_client_id: Option<String>,
    /// Mail: the application's secret. With a wrong one nobody can sign in by Mail.
    #[arg(long, global = true, env = "AUTH_MAIL_RU_CLIENT_SECRET", hide_env_values = true)]
    pub mail_ru_client_secret: Option<SecretString>,
    /// File with this secret, instead of the secret itself.
    #[arg(long, global = true, env = "AUTH_MAIL_RU_CLIENT_SECRET_FILE")]
    pub mail_ru_client_secret_file: Option<PathBuf>,
    /// Mail: the host of /login, /token and /userinfo. Whoever answers there can sign in as anybody.
    #[arg(long, global = true, env = "AUTH_MAIL_RU_URL", default_value = "https://oauth.mail.ru")]
    pub mail_ru_url: String,

    /// Any OpenID Connect provider: the application's id there. Without it there is none.
    #[arg(long, global = true, env = "AUTH_OIDC_CLIENT_ID")]
    pub oidc_client_id: Option<String>,
    /// OpenID Connect: the application's secret; leave it out for a public client.
    #[arg(long, global = true, env = "AUTH_OIDC_CLIENT_SECRET", hide_env_values = true)]
    pub oidc_client_secret: Option<SecretString>,
    /// File with this secret, instead of the secret itself.
    #[arg(long, global = true, env = "AUTH_OIDC_CLIENT_SECRET_FILE")]
    pub oidc_client_secret_file: Option<PathBuf>,
    /// OpenID Connect: the issuer, spelled as its discovery document spells it. Another issuer under the same id would let
    /// its people into the accounts of people of the first: change AUTH_OIDC_ID with it.
    #[arg(long, global = true, env = "AUTH_OIDC_ISSUER")]
    pub oidc_issuer: Option<String>,
    /// OpenID Connect: what is written on its button.
    #[arg(long, global = true, env = "AUTH_OIDC_NAME", default_value = "OpenID")]
    pub oidc_name: String,
    /// OpenID Connect: its name in URLs and in the database, of a-z, 0-9 and _. With another one people who signed in by it
    /// are strangers.
    #[arg(long, global = true, env = "AUTH_OIDC_ID", default_value = "oidc")]
    pub oidc_id: String,
    /// OpenID Connect: what to ask for, by spaces. Without email people have to type theirs.
    #[arg(long, global = true, env = "AUTH_OIDC_SCOPES", default_value = "openid email profile")]
    pub oidc_scopes: String,
    /// OpenID Connect: take its word for addresses that it calls verified: true or false [default: false]. Only if it hosts
    /// these mailboxes: else whoever registers there with somebody's address is taken for them.
    #[arg(long, global = true, env = "AUTH_OIDC_TRUST_EMAIL")]
    pub oidc_trust_email: Option<String>,
}

impl ProviderArgs {
    /// Checks these settings alone.
    ///
    /// # Errors
    /// [`BadSettings`] with all complaints.
    pub fn check(&self) -> Result<ProviderSettings, BadSettings> {
        let mut complaints = Complaints::default();
        let settings = self.read(&mut complaints);
        complaints.settle(settings)
    }

    /// Reads the settings.
    pub(super) fn read(&self, complaints: &mut Complaints) -> ProviderSettings {
        let (least, most) = (Duration::from_millis(100), Duration::from_secs(30));
        let allow =
            complaints.flag("AUTH_SOCIAL_ALLOW_PRIVATE_HOSTS", self.social_allow_private_hosts.as_deref(), false);
        let settings = ProviderSettings {
            timeout: complaints.duration("AUTH_SOCIAL_TIMEOUT", &self.social_timeout, least, most),
            allow_private_hosts: allow,
            google: self.google(complaints, allow),
            yandex: self.yandex(complaints, allow),
            vk: self.vk(complaints, allow),
            mail_ru: self.mail_ru(complaints, allow),
            oidc: self.oidc(complaints, allow),
            ..ProviderSettings::default()
        };
        let by_vk = settings.vk.as_ref().is_some_and(|vk| vk.accounts.contains(&VkAccount::MailRu));
        if by_vk && settings.mail_ru.is_some() {
            complaints.add("AUTH_MAIL_RU_CLIENT_ID: Mail is in AUTH_VK_PROVIDERS too; offer it one way");
        }
        settings
    }

    fn google(&self, complaints: &mut Complaints, allow: bool) -> Option<GoogleSettings> {
        let client_id = given(self.google_client_id.as_deref())?;
        let name = "AUTH_GOOGLE_CLIENT_SECRET";
        let secret = secret(name, self.google_client_secret.clone(), self.google_client_secret_file.as_deref());
        let client_secret = needed(complaints, name, secret);
        let mut url = |name, text| address(complaints, name, text, allow);
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

    fn yandex(&self, complaints: &mut Complaints, allow: bool) -> Option<YandexSettings> {
        let client_id = given(self.yandex_client_id.as_deref())?;
        let name = "AUTH_YANDEX_CLIENT_SECRET";
        let secret = secret(name, self.yandex_client_secret.clone(), self.yandex_client_secret_file.as_deref());
        let client_secret = needed(complaints, name, secret);
        let oauth_url = address(complaints, "AUTH_YANDEX_OAUTH_URL", &self.yandex_oauth_url, allow);
        let api_url = address(complaints, "AUTH_YANDEX_API_URL", &self.yandex_api_url, allow);
        Some(YandexSettings { client_id, client_secret: client_secret?, oauth_url: oauth_url?, api_url: api_url? })
    }

    fn vk(&self, complaints: &mut Complaints, allow: bool) -> Option<VkSettings> {
        let client_id = given(self.vk_client_id.as_deref())?;
        let url = address(complaints, "AUTH_VK_URL", &self.vk_url, allow);
        let accounts = complaints.take("AUTH_VK_PROVIDERS", vk_accounts(&self.vk_providers), Vec::new());
        Some(VkSettings { client_id, url: url?, accounts })
    }

    fn mail_ru(&self, complaints: &mut Complaints, allow: bool) -> Option<MailRuSettings> {
        let client_id = given(self.mail_ru_client_id.as_deref())?;
        let name = "AUTH_MAIL_RU_CLIENT_SECRET";
        let secret = secret(name, self.mail_ru_client_secret.clone(), self.mail_ru_client_secret_file.as_deref());
        let client_secret = needed(complaints, name, secret);
        let url = address(complaints, "AUTH_MAIL_RU_URL", &self.mail_ru_url, allow);
        Some(MailRuSettings { client_id, client_secret: client_secret?, url: url? })
    }

    fn oidc(&self, complaints: &mut Complaints, allow: bool) -> Option<OidcSettings> {
        let client_id = given(self.oidc_client_id.as_deref())?;
        let name = "AUTH_OIDC_CLIENT_SECRET";
        let secret = secret(name, self.oidc_client_secret.clone(), self.oidc_client_secret_file.as_deref());
        let client_secret = complaints.take(name, secret, None).filter(|secret| !secret.expose_secret().is_empty());
        let issuer = given(self.oidc_issuer.as_deref()).unwrap_or_default();
        let url = address(complaints, "AUTH_OIDC_ISSUER", &issuer, allow);
        let id = complaints.take("AUTH_OIDC_ID", oidc_id(&self.oidc_id).map(Some), None);
        let label = self.oidc_name.trim();
        if label.is_empty() || label.chars().count() > MAX_LABEL || label.chars().any(char::is_control) {
            complaints.add(format!("AUTH_OIDC_NAME: must have 1 to {MAX_LABEL} characters"));
        }
        if !self.oidc_scopes.split_whitespace().any(|scope| scope == "openid") {
            complaints.add("AUTH_OIDC_SCOPES: must contain openid");
        }
        let trust_email = complaints.flag("AUTH_OIDC_TRUST_EMAIL", self.oidc_trust_email.as_deref(), false);
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

fn needed<E: std::fmt::Display>(
    complaints: &mut Complaints,
    name: &str,
    secret: Result<Option<SecretString>, E>,
) -> Option<SecretString> {
    let told = secret.is_err();
    let secret = complaints.take(name, secret, None).filter(|secret| !secret.expose_secret().is_empty());
    if secret.is_none() && !told {
        complaints.add(format!("{name}: must be set when the application's id is"));
    }
    secret
}

/// An address of a provider: HTTPS, or plain HTTP where it cannot be listened to, or where the operator says so.
fn address(complaints: &mut Complaints, name: &str, text: &str, allow: bool) -> Option<Url> {
    let read = || {
        let url = Url::parse(text.trim()).map_err(|error| error.to_string())?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !matches!(url.scheme(), "http" | "https") || !plain {
            return Err("must be an http or https URL without query, fragment and user".to_owned());
        }
        if url.scheme() == "http" && !allow && !Reach::is_private_host(&url) {
            return Err("must be https, unless AUTH_SOCIAL_ALLOW_PRIVATE_HOSTS is true".to_owned());
        }
        if !Reach::Private.allows_host(&url) {
            return Err("no provider can be at a link-local, multicast or unspecified address".to_owned());
        }
        Ok(url)
    };
    complaints.take(name, read().map(Some), None)
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
    if TAKEN.contains(&text) {
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
    fn everything_that_is_wrong_is_told_together_and_without_secrets() {
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
