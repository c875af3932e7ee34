//! Settings of auth-service: parsed by clap as text, checked together, reported together.

mod bounded_file;
mod captcha;
mod clients;
mod limits;
mod mails;
mod roles;
mod server;
mod settings;
mod social;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use account_partitions::MaintenancePolicy;
use actix_web::http::header::HeaderName;
use chrono::TimeDelta;
use credentials::hashing::{HashCost, HashPoolSettings};
use credentials::keys::RotationPolicy;
use oauth_clients::{Client, Resources};
use secrecy::{ExposeSecret, SecretString};
use service_kit::server::ServerSettings;
use service_kit::server::limits::LimitsConfig;
use service_kit::settings::ClientSecret;
use social_providers::ProviderSettings;
use token_verifier::CLOCK_SKEW;
use url::Url;

use crate::limits::LIMITS;
use account_storage::ClaimPolicy;
use accounts::{Lifetimes, RoleDefinitions};

pub use captcha::{CaptchaConfig, CaptchaSettings};
pub use clients::ClientSettings;
pub use limits::LimitSettings;
pub use mails::{MailConfig, MailSettings};
pub use roles::RoleSettings;
pub use server::ServerArgs;
pub use settings::Settings;
pub use social::{SocialConfig, SocialSettings};

/// Client id of movies-api on an embedded installation.
pub const EMBEDDED_CLIENT: &str = "movies-api";

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// HTTP server.
    pub server: ServerSettings,
    /// Folder of an embedded installation's files.
    pub data_dir: PathBuf,
    /// URL of the database: `sqlite://…` or `postgres://…`.
    pub database_url: SecretString,
    /// Maximum number of connections to that database.
    pub database_connections: u32,
    /// `true` creates and updates tables at the start.
    pub migrate: bool,
    /// Roles of the operator's file; `None` for the built-in ones alone.
    pub roles: Option<Arc<RoleDefinitions>>,
    /// The folder of signing keys.
    pub key_dir: PathBuf,
    /// Time for which a signing key signs.
    pub key_max_age: Duration,
    /// Claim `iss`, and the base of the URLs in the server metadata. No trailing slash.
    pub issuer: String,
    /// Registered service clients; `None` takes the embedded one.
    pub service_clients: Option<Vec<ClientSecret>>,
    /// OAuth clients beside the built-in one.
    pub clients: Vec<Client>,
    /// What access tokens are for.
    pub resources: Resources,
    /// Lifetimes of tokens and sessions.
    pub lifetimes: Lifetimes,
    /// When unused claims to e-mails end.
    pub claims: ClaimPolicy,
    /// Size and deadline of password hashing.
    pub hashing: HashPoolSettings,
    /// Limits on every route.
    pub limits: LimitsConfig,
    /// Redirect URI of apps after social sign-in.
    pub social: SocialConfig,
    /// Retention of sign-ins, and the number of partitions created ahead.
    pub maintenance: MaintenancePolicy,
    /// Header in which a trusted proxy sends the region of a client's address.
    pub client_region_header: Option<HeaderName>,
    /// Connection to captcha-service; `None` requires no captcha.
    pub captcha: Option<CaptchaConfig>,
    /// Mails.
    pub mails: MailConfig,
    /// Social providers.
    pub providers: ProviderSettings,
}

impl Config {
    /// Default settings: SQLite, keys and secrets under `data_dir`, tables created at the start.
    pub fn embedded(data_dir: &Path, listen: SocketAddr) -> Self {
        Self {
            server: ServerSettings::new(listen),
            data_dir: data_dir.to_owned(),
            database_url: sqlite_url(data_dir).into(),
            database_connections: 10,
            migrate: true,
            roles: None,
            key_dir: data_dir.join("keys"),
            key_max_age: Duration::from_secs(90 * 24 * 60 * 60),
            issuer: format!("http://{listen}"),
            service_clients: None,
            clients: Vec::new(),
            resources: Resources::default(),
            lifetimes: Lifetimes::default(),
            claims: ClaimPolicy::default(),
            hashing: HashPoolSettings {
                threads: hash_threads(),
                queue: 64,
                deadline: Duration::from_secs(3),
                cost: HashCost::default(),
            },
            limits: LimitsConfig::of(&LIMITS),
            social: SocialConfig::default(),
            maintenance: MaintenancePolicy::default(),
            client_region_header: None,
            captcha: None,
            mails: MailConfig::local(),
            providers: ProviderSettings::default(),
        }
    }

    /// `true` when accounts are in an embedded database, so that this process may create keys and secrets for itself.
    pub fn is_embedded(&self) -> bool {
        self.database_url.expose_secret().starts_with("sqlite:")
    }

    /// Rules by which signing keys rotate; the next one is made `ahead` of its activation.
    pub fn key_rotation(&self, ahead: TimeDelta) -> RotationPolicy {
        let delta = |time| TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
        let token_retention = delta(self.lifetimes.access_token) + CLOCK_SKEW;
        RotationPolicy { max_age: delta(self.key_max_age), ahead, token_retention }
    }

    /// File with the secret of this service at captcha-service, on an embedded installation.
    pub fn embedded_captcha_client_secret(&self) -> PathBuf {
        self.data_dir.join("auth-service.secret")
    }

    /// File with the secret of the site at captcha-service, on an embedded installation.
    pub fn embedded_captcha_secret(&self) -> PathBuf {
        self.data_dir.join("captcha-tv.secret")
    }

    /// File with the secret of [`EMBEDDED_CLIENT`].
    pub fn embedded_client_secret(&self) -> PathBuf {
        self.data_dir.join(format!("{EMBEDDED_CLIENT}.secret"))
    }
}

fn sqlite_url(data_dir: &Path) -> String {
    service_kit::database::sqlite_url(&data_dir.join("auth.sqlite"))
}

/// Half of the cores: hashing must leave room for everything else.
fn hash_threads() -> usize {
    (std::thread::available_parallelism().map_or(1, usize::from) / 2).max(1)
}

/// An issuer is an http(s) URL without query or fragment (RFC 8414 §2), and here without a path: all paths of this service
/// begin at the root of its host. Stored without the trailing slash.
fn issuer(text: &str) -> Result<String, String> {
    let text = text.trim();
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || !plain {
        return Err("must be an http or https URL without query, fragment and user".into());
    }
    if url.path() != "/" {
        return Err(format!(
            "must have no path: this service answers at the root of its host, not below {}",
            url.path()
        ));
    }
    Ok(text.trim_end_matches('/').to_owned())
}
