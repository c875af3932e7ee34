//! Settings of captcha-service: read by clap as text, checked together, reported together.

mod limits;
mod lists;
mod settings;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use limiter_lib::store::redis::RedisSettings;
use secrecy::SecretString;
use service_kit::limits::LimitsConfig;
use service_kit::server::ServerSettings;

use crate::clients::NamedSecret;
use crate::domain::risk::Weights;
use crate::limits::LIMITS;
use crate::tv::TvHost;

pub use limits::LimitSettings;
pub use lists::parse_secrets;
pub use settings::Settings;

/// Name of the service client that auth-service is on an embedded installation.
pub const EMBEDDED_CLIENT: &str = "auth-service";
/// The site of an embedded installation.
pub const EMBEDDED_SITE: &str = "tv";

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to listen and leave.
    pub server: ServerSettings,
    /// Where an embedded installation keeps its secrets.
    pub data_dir: PathBuf,
    /// Services that may ask; `None` takes the embedded one.
    pub service_clients: Option<Vec<NamedSecret>>,
    /// Sites and their secrets; `None` takes the embedded one.
    pub sites: Option<Vec<NamedSecret>>,
    /// Secrets that seal, the first of them, and open; `None` takes the embedded one.
    pub keys: Option<Vec<SecretString>>,
    /// Where replicas keep challenges together.
    pub redis: Option<RedisSettings>,
    /// The first part of all keys there.
    pub redis_prefix: String,
    /// Whether sessions are sealed into their pictures.
    pub sealed: bool,
    /// Sessions in this process at most.
    pub capacity: usize,
    /// What signs of a bot are worth.
    pub weights: Weights,
    /// Whether assessments only try themselves.
    pub shadow: bool,
    /// The page for phones.
    pub phone_url: Option<String>,
    /// Apps that may frame the page for TVs.
    pub tv_hosts: Vec<TvHost>,
    /// Limits on every route.
    pub limits: LimitsConfig,
}

impl Config {
    /// Everything by default: secrets under `data_dir`, challenges in this process.
    pub fn embedded(data_dir: &Path, listen: SocketAddr) -> Self {
        Self {
            server: ServerSettings::new(listen),
            data_dir: data_dir.to_owned(),
            service_clients: None,
            sites: None,
            keys: None,
            redis: None,
            redis_prefix: crate::stores::redis::PREFIX.into(),
            sealed: false,
            capacity: 200_000,
            weights: Weights::default(),
            shadow: false,
            phone_url: None,
            tv_hosts: Vec::new(),
            limits: LimitsConfig::of(&LIMITS),
        }
    }

    /// Where the secret of [`EMBEDDED_CLIENT`] is.
    pub fn embedded_client_secret(&self) -> PathBuf {
        self.data_dir.join(format!("{EMBEDDED_CLIENT}.secret"))
    }

    /// Where the secret of [`EMBEDDED_SITE`] is.
    pub fn embedded_site_secret(&self) -> PathBuf {
        self.data_dir.join(format!("captcha-{EMBEDDED_SITE}.secret"))
    }

    /// Where the secret that seals is, on an embedded installation.
    pub fn embedded_key(&self) -> PathBuf {
        self.data_dir.join("captcha.key")
    }
}
