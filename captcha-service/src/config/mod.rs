//! Settings of captcha-service: read by clap as text, validated together, reported together.

mod limits;
mod server;
mod settings;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use limiter_lib::store::redis::RedisSettings;
use secrecy::SecretString;
use service_kit::server::ServerSettings;
use service_kit::server::limits::LimitsConfig;
use service_kit::settings::ClientSecret;

use crate::domain::PassBudget;
use crate::domain::risk::Weights;
use crate::limits::LIMITS;
use crate::tv::TvHost;

pub use limits::LimitSettings;
pub use server::ServerArgs;
pub use settings::Settings;

/// Service client id of auth-service on an embedded installation.
pub const EMBEDDED_CLIENT: &str = "auth-service";
/// Site key of an embedded installation.
pub const EMBEDDED_SITE: &str = "tv";

/// Validated settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Listener and shutdown.
    pub server: ServerSettings,
    /// Folder of an embedded installation's secrets.
    pub data_dir: PathBuf,
    /// Services with access to assessments and feedback; `None`: the embedded one.
    pub service_clients: Option<Vec<ClientSecret>>,
    /// Sites and their secrets; `None`: the embedded one.
    pub sites: Option<Vec<ClientSecret>>,
    /// Sealing keys: the first one seals, all of them open; `None`: the embedded one.
    pub keys: Option<Vec<SecretString>>,
    /// Redis shared by all replicas.
    pub redis: Option<RedisSettings>,
    /// Prefix of all Redis keys.
    pub redis_prefix: String,
    /// `true` when challenges are sealed into their pictures.
    pub sealed: bool,
    /// Maximum number of challenges in this process.
    pub capacity: usize,
    /// Points per risk signal.
    pub weights: Weights,
    /// Shadow mode: assessments are logged and always allow.
    pub shadow: bool,
    /// Passes of a network in a day.
    pub passes_per_network: PassBudget,
    /// Page for phones.
    pub phone_url: Option<String>,
    /// Apps that may frame the page for TVs.
    pub tv_hosts: Vec<TvHost>,
    /// Limits on every route.
    pub limits: LimitsConfig,
}

impl Config {
    /// Defaults: secrets under `data_dir`, challenges in this process.
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
            passes_per_network: PassBudget::default(),
            phone_url: None,
            tv_hosts: Vec::new(),
            limits: LimitsConfig::of(&LIMITS),
        }
    }

    /// Secret file of [`EMBEDDED_CLIENT`].
    pub fn embedded_client_secret(&self) -> PathBuf {
        self.data_dir.join(format!("{EMBEDDED_CLIENT}.secret"))
    }

    /// Secret file of [`EMBEDDED_SITE`].
    pub fn embedded_site_secret(&self) -> PathBuf {
        self.data_dir.join(format!("captcha-{EMBEDDED_SITE}.secret"))
    }

    /// Key file of an embedded installation.
    pub fn embedded_key(&self) -> PathBuf {
        self.data_dir.join("captcha.key")
    }
}
