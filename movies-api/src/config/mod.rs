//! Settings of movies-api: read by clap as text, validated and reported together. `movies-api --help` is their
//! reference.

mod limits;
mod server;
mod settings;

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use service_kit::server::ServerSettings;
use service_kit::server::limits::LimitsConfig;

pub use limits::LimitSettings;
pub use server::ServerArgs;
pub use settings::{ServeSettings, StorageSettings};

use crate::clients::AuthClientSettings;

/// Default listen address.
pub const LISTEN: &str = "127.0.0.1:8002";

/// Validated settings of the catalogue's database.
#[derive(Debug, Clone)]
pub struct StorageConfig {
    /// Folder of embedded files.
    pub data_dir: PathBuf,
    /// `sqlite://…` or `postgres://…`.
    pub database_url: SecretString,
    /// Maximum number of connections.
    pub database_connections: u32,
}

/// Validated settings of `movies-api serve`.
#[derive(Debug, Clone)]
pub struct ServeConfig {
    /// The catalogue's database.
    pub storage: StorageConfig,
    /// Listening and shutdown.
    pub server: ServerSettings,
    /// `true` creates and updates tables at the start.
    pub migrate: bool,
    /// `true` fills an empty catalogue.
    pub builtin_catalogue: bool,
    /// Interval between polls of the change feed.
    pub feed_interval: Duration,
    /// Client of auth-service.
    pub auth: AuthClientSettings,
    /// Limits on every route.
    pub limits: LimitsConfig,
}

impl StorageConfig {
    /// `true` for an embedded database.
    pub fn is_embedded(&self) -> bool {
        self.database_url.expose_secret().starts_with("sqlite:")
    }
}
