//! Settings of movies-api. `movies-api --help` is their reference.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use secrecy::SecretString;
use service_kit::settings::{SettingError, duration, local_secret, secret};
use url::Url;

use crate::clients::AuthClientSettings;

/// The longest a good answer of auth-service may be remembered: a revoked token works that much longer.
const REMEMBER_AT_MOST: Duration = Duration::from_secs(30);

/// Where the catalogue is kept.
#[derive(Debug, Clone, Args)]
pub struct StorageConfig {
    /// Folder of the embedded database and of secrets that this machine makes for itself.
    #[arg(long, env = "MOVIES_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// Database: `sqlite:///path/file` or `postgres://user@host/name`. Default: movies.sqlite in the data folder.
    #[arg(long, env = "MOVIES_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,
    /// Connections to the database. Too few and editors wait for each other; too many and PostgreSQL runs out.
    #[arg(long, env = "MOVIES_DATABASE_CONNECTIONS", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,
}

/// How movies-api serves.
#[derive(Debug, Clone, Args)]
pub struct ServeConfig {
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type")]
    pub storage: StorageConfig,
    /// Address to listen on; port 0 takes a free one and prints it.
    #[arg(long, env = "MOVIES_LISTEN", default_value = "127.0.0.1:8002")]
    pub listen: SocketAddr,
    /// Threads that serve requests. Default: one per core.
    #[arg(long, env = "MOVIES_WORKERS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,
    /// Whether to bring the tables up to date before serving. Default: yes for SQLite, no for PostgreSQL, where
    /// `movies-api migrate` does it.
    #[arg(long, env = "MOVIES_MIGRATE")]
    pub migrate: Option<bool>,
    /// Whether an empty catalogue is filled with the 60 films that come with the service.
    #[arg(long, env = "MOVIES_BUILTIN_CATALOGUE", default_value_t = true, action = clap::ArgAction::Set)]
    pub builtin_catalogue: bool,
    /// How often the change feed is looked at. Too long and changes of other replicas show late.
    #[arg(long, env = "MOVIES_FEED_INTERVAL", default_value = "500ms", value_parser = duration)]
    pub feed_interval: Duration,
    /// Base URL of auth-service.
    #[arg(long, env = "MOVIES_AUTH_URL", default_value = "http://127.0.0.1:8001")]
    pub auth_url: Url,
    /// Name of this service at auth-service.
    #[arg(long, env = "MOVIES_AUTH_CLIENT_ID", default_value = "movies-api")]
    pub auth_client_id: String,
    /// Secret of this service at auth-service. Default: movies-api.secret in the data folder, made when absent.
    #[arg(long, env = "MOVIES_AUTH_CLIENT_SECRET", hide_env_values = true)]
    pub auth_client_secret: Option<SecretString>,
    /// File that holds the secret instead.
    #[arg(long, env = "MOVIES_AUTH_CLIENT_SECRET_FILE")]
    pub auth_client_secret_file: Option<PathBuf>,
    /// How long one token check may take. Too long and a slow auth-service slows every page; too short and members are
    /// served as anonymous for no reason.
    #[arg(long, env = "MOVIES_AUTH_TIMEOUT", default_value = "100ms", value_parser = duration)]
    pub auth_timeout: Duration,
    /// How long a good token is not asked about again, 30s at the most. A revoked token works that much longer.
    #[arg(long, env = "MOVIES_AUTH_REMEMBER", default_value = "0s", value_parser = duration)]
    pub auth_remember: Duration,
    /// How long requests under way may go on after SIGTERM.
    #[arg(long, env = "MOVIES_DRAIN_TIMEOUT", default_value = "10s", value_parser = duration)]
    pub drain_timeout: Duration,
    /// How long to go on accepting after SIGTERM while /readyz says no already, so that load balancers look away first.
    #[arg(long, env = "MOVIES_SHUTDOWN_DELAY", default_value = "0s", value_parser = duration)]
    pub shutdown_delay: Duration,
}

/// Settings that do not fit; all of them.
#[derive(Debug, thiserror::Error)]
#[error("bad settings:\n  {}", .0.join("\n  "))]
pub struct BadSettings(Vec<String>);

impl StorageConfig {
    /// The database's URL.
    pub fn url(&self) -> SecretString {
        let embedded = || format!("sqlite://{}", self.data_dir.join("movies.sqlite").display()).into();
        self.database_url.clone().unwrap_or_else(embedded)
    }
}

impl ServeConfig {
    /// Checks what clap cannot, and reports everything that is wrong at once.
    ///
    /// # Errors
    /// When a setting does not fit.
    pub fn check(&self) -> Result<(), BadSettings> {
        let mut bad = Vec::new();
        let mut demand = |fits: bool, complaint: &str| {
            if !fits {
                bad.push(complaint.to_owned());
            }
        };
        demand(self.auth_remember <= REMEMBER_AT_MOST, "MOVIES_AUTH_REMEMBER: 30s at the most");
        demand(!self.auth_timeout.is_zero(), "MOVIES_AUTH_TIMEOUT: must be longer than nothing");
        demand(self.auth_timeout <= Duration::from_secs(5), "MOVIES_AUTH_TIMEOUT: 5s at the most");
        demand(self.feed_interval >= Duration::from_millis(10), "MOVIES_FEED_INTERVAL: 10ms at the least");
        demand(matches!(self.auth_url.scheme(), "http" | "https"), "MOVIES_AUTH_URL: must be http:// or https://");
        demand(
            self.auth_client_secret.is_none() || self.auth_client_secret_file.is_none(),
            "MOVIES_AUTH_CLIENT_SECRET and MOVIES_AUTH_CLIENT_SECRET_FILE: give one",
        );
        if bad.is_empty() { Ok(()) } else { Err(BadSettings(bad)) }
    }

    /// How to reach auth-service.
    ///
    /// # Errors
    /// When the secret cannot be read or made.
    pub fn auth_client(&self) -> Result<AuthClientSettings, SettingError> {
        const NAME: &str = "MOVIES_AUTH_CLIENT_SECRET";
        let given = secret(NAME, self.auth_client_secret.clone(), self.auth_client_secret_file.as_deref())?;
        let secret = match given {
            Some(secret) => secret,
            None => {
                let path = self.storage.data_dir.join("movies-api.secret");
                local_secret(&path).map_err(|source| SettingError::File { name: NAME, path, source })?
            }
        };
        Ok(AuthClientSettings {
            url: self.auth_url.clone(),
            client_id: self.auth_client_id.clone(),
            secret,
            timeout: self.auth_timeout,
            remember: self.auth_remember,
        })
    }
}
