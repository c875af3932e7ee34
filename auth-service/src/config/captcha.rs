//! Settings of the connection to captcha-service.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use secrecy::SecretString;
use service_kit::settings::ConfigErrors;
use url::Url;

/// Checked settings of the bot filter.
#[derive(Debug, Clone)]
pub struct CaptchaConfig {
    /// URL of captcha-service from this service.
    pub url: Url,
    /// URL of the page for TVs from users' devices.
    pub page_url: String,
    /// Secret of the site; `None` takes the embedded one.
    pub site_secret: Option<SecretString>,
    /// Client id of this service there.
    pub client_id: String,
    /// Client secret of this service there; `None` takes the embedded one.
    pub client_secret: Option<SecretString>,
    /// Timeout of an assessment.
    pub timeout: Duration,
}

impl CaptchaConfig {
    /// The default settings, with the secrets of an embedded installation in its data folder.
    pub fn at(url: Url) -> Self {
        Self {
            page_url: page_of(&url),
            url,
            site_secret: None,
            client_id: "auth-service".into(),
            client_secret: None,
            timeout: Duration::from_millis(200),
        }
    }
}

/// Settings of the connection to captcha-service.
#[derive(Debug, Clone, Args)]
pub struct CaptchaSettings {
    /// Base URL of captcha-service [default: none, no captcha is required]. While it is unavailable, apps cannot create
    /// accounts, and sign-ins are throttled.
    #[arg(long, global = true, env = "AUTH_CAPTCHA_URL")]
    pub captcha_url: Option<String>,
    /// URL of the page for TVs from users' devices [default: AUTH_CAPTCHA_URL/tv]. With a wrong one no challenge can be
    /// passed.
    #[arg(long, global = true, env = "AUTH_CAPTCHA_PAGE_URL")]
    pub captcha_page_url: Option<String>,
    /// Secret of the site at captcha-service (CAPTCHA_SITES there) [default on SQLite: in DATA_DIR/captcha-tv.secret].
    /// With a wrong one every pass is rejected.
    #[arg(long, global = true, env = "AUTH_CAPTCHA_SECRET", hide_env_values = true)]
    pub captcha_secret: Option<SecretString>,
    /// File with that secret, instead of the secret itself.
    #[arg(long, global = true, env = "AUTH_CAPTCHA_SECRET_FILE")]
    pub captcha_secret_file: Option<PathBuf>,
    /// Client id of this service at captcha-service (CAPTCHA_SERVICE_CLIENTS there).
    #[arg(long, global = true, env = "AUTH_CAPTCHA_CLIENT_ID", default_value = "auth-service")]
    pub captcha_client_id: String,
    /// Client secret of this service there [default on SQLite: in DATA_DIR/auth-service.secret]. With a wrong one
    /// captcha-service counts as unavailable.
    #[arg(long, global = true, env = "AUTH_CAPTCHA_CLIENT_SECRET", hide_env_values = true)]
    pub captcha_client_secret: Option<SecretString>,
    /// File with that secret, instead of the secret itself.
    #[arg(long, global = true, env = "AUTH_CAPTCHA_CLIENT_SECRET_FILE")]
    pub captcha_client_secret_file: Option<PathBuf>,
    /// Timeout of an assessment by captcha-service, 20ms to 5s; its target is less than 50ms. Too short and a slow
    /// captcha-service counts as unavailable; too long and users wait for it.
    #[arg(long, global = true, env = "AUTH_CAPTCHA_TIMEOUT", default_value = "200ms")]
    pub captcha_timeout: String,
}

impl CaptchaSettings {
    pub(super) fn read(&self, on_sqlite: bool, errors: &mut ConfigErrors) -> Option<CaptchaConfig> {
        let (min, max) = (Duration::from_millis(20), Duration::from_secs(5));
        let timeout = errors.duration("AUTH_CAPTCHA_TIMEOUT", &self.captcha_timeout, min, max);
        let (secret, file) = (self.captcha_secret.as_ref(), self.captcha_secret_file.as_deref());
        let site_secret = errors.secret("AUTH_CAPTCHA_SECRET", secret, file);
        let (secret, file) = (self.captcha_client_secret.as_ref(), self.captcha_client_secret_file.as_deref());
        let client_secret = errors.secret("AUTH_CAPTCHA_CLIENT_SECRET", secret, file);
        let given = |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(web_url);
        let page = errors.take("AUTH_CAPTCHA_PAGE_URL", given(&self.captcha_page_url).transpose(), None);
        let url = errors.take("AUTH_CAPTCHA_URL", given(&self.captcha_url).transpose(), None)?;
        if !on_sqlite {
            for (name, secret) in
                [("AUTH_CAPTCHA_SECRET", &site_secret), ("AUTH_CAPTCHA_CLIENT_SECRET", &client_secret)]
            {
                if secret.is_none() {
                    errors.add(format!("{name}: must be set with AUTH_CAPTCHA_URL when accounts are in PostgreSQL"));
                }
            }
        }
        let page_url = page.map_or_else(|| page_of(&url), String::from);
        Some(CaptchaConfig {
            url,
            page_url,
            site_secret,
            client_id: self.captcha_client_id.clone(),
            client_secret,
            timeout,
        })
    }
}

fn page_of(url: &Url) -> String {
    format!("{}/tv", url.as_str().trim_end_matches('/'))
}

fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if matches!(url.scheme(), "http" | "https") && plain {
        Ok(url)
    } else {
        Err("must be an http or https URL without query, fragment and user".into())
    }
}
