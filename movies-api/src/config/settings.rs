//! Settings as given: flags and environment variables, all text until they are validated together.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use service_kit::database::sqlite_url;
use service_kit::settings::{ConfigErrors, InvalidConfig, check_database_url, local_secret};
use service_kit::telemetry::TelemetrySettings;
use url::Url;

use super::{LimitSettings, ServeConfig, ServerArgs, StorageConfig};
use crate::clients::AuthClientSettings;

/// Settings of the catalogue's database.
#[derive(Debug, Clone, Args)]
pub struct StorageSettings {
    /// Folder of the embedded database and of generated secrets; created when absent. Another folder means another,
    /// empty catalogue.
    #[arg(long, env = "MOVIES_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// Database: sqlite://path or postgres://user:password@host/database [default: sqlite://DATA_DIR/movies.sqlite].
    /// Another database means another catalogue.
    #[arg(long, env = "MOVIES_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,
    /// File with the database URL, instead of the URL itself.
    #[arg(long, env = "MOVIES_DATABASE_URL_FILE")]
    pub database_url_file: Option<PathBuf>,
    /// Maximum number of database connections, 1 to 1000. Too few make editors wait for each other, too many exhaust
    /// the server.
    #[arg(long, env = "MOVIES_DATABASE_CONNECTIONS", default_value = "4")]
    pub database_connections: String,
}

/// Settings of `movies-api serve`. An invalid value prevents the start; all invalid values are reported together.
#[derive(Debug, Clone, Args)]
pub struct ServeSettings {
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub storage: StorageSettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub server: ServerArgs,
    /// Create and update tables at the start: true or false [default: true on SQLite, false on PostgreSQL]. With
    /// false and missing tables the service starts and does not become ready.
    #[arg(long, env = "MOVIES_MIGRATE")]
    pub migrate: Option<String>,
    /// Fill an empty catalogue with the 60 films that come with the service: true or false [default: true].
    #[arg(long, env = "MOVIES_BUILTIN_CATALOGUE")]
    pub builtin_catalogue: Option<String>,
    /// Interval between polls of the change feed, 10ms to 1min. Too long, and changes of other replicas show late.
    #[arg(long, env = "MOVIES_FEED_INTERVAL", default_value = "500ms")]
    pub feed_interval: String,
    /// Base URL of auth-service. Wrong, and every caller is served as anonymous.
    #[arg(long, env = "MOVIES_AUTH_URL", default_value = "http://127.0.0.1:8001")]
    pub auth_url: String,
    /// Client id of this service at auth-service.
    #[arg(long, env = "MOVIES_AUTH_CLIENT_ID", default_value = "movies-api")]
    pub auth_client_id: String,
    /// Client secret of this service at auth-service [default: in DATA_DIR/movies-api.secret, generated when absent].
    /// Wrong, and every caller is served as anonymous.
    #[arg(long, env = "MOVIES_AUTH_CLIENT_SECRET", hide_env_values = true)]
    pub auth_client_secret: Option<SecretString>,
    /// File with that secret, instead of the secret itself.
    #[arg(long, env = "MOVIES_AUTH_CLIENT_SECRET_FILE")]
    pub auth_client_secret_file: Option<PathBuf>,
    /// Maximum time of one token check, 1ms to 5s. Too long, and a slow auth-service slows every page; too short, and
    /// members are served as anonymous needlessly.
    #[arg(long, env = "MOVIES_AUTH_TIMEOUT", default_value = "100ms")]
    pub auth_timeout: String,
    /// Time for which a positive token check is cached, 0s to 30s. A revoked token works that much longer.
    #[arg(long, env = "MOVIES_AUTH_CACHE_TTL", default_value = "0s")]
    pub auth_cache_ttl: String,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub telemetry: TelemetrySettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub limits: LimitSettings,
}

impl StorageSettings {
    /// Validates the settings that every command needs.
    ///
    /// # Errors
    /// [`InvalidConfig`] with all errors.
    pub fn check(&self) -> Result<StorageConfig, InvalidConfig> {
        let mut errors = ConfigErrors::default();
        let config = self.read(&mut errors);
        errors.finish(config)
    }

    fn read(&self, errors: &mut ConfigErrors) -> StorageConfig {
        let name = "MOVIES_DATABASE_URL";
        let database_url = errors
            .secret(name, self.database_url.as_ref(), self.database_url_file.as_deref())
            .unwrap_or_else(|| sqlite_url(&self.data_dir.join("movies.sqlite")).into());
        errors.take(name, check_database_url(database_url.expose_secret()), ());
        let connections = errors.number("MOVIES_DATABASE_CONNECTIONS", &self.database_connections, (1, 1000));
        StorageConfig { data_dir: self.data_dir.clone(), database_url, database_connections: connections }
    }
}

impl ServeSettings {
    /// Validates all settings of `serve`; generates the local secret when none is given.
    ///
    /// # Errors
    /// [`InvalidConfig`] with all errors.
    pub fn check(&self) -> Result<ServeConfig, InvalidConfig> {
        let mut errors = ConfigErrors::default();
        let storage = self.storage.read(&mut errors);
        let (millisecond, minute) = (Duration::from_millis(1), Duration::from_secs(60));
        errors.renamed("MOVIES_AUTH_REMEMBER", "MOVIES_AUTH_CACHE_TTL");
        let limits = self.limits.read(&mut errors);
        let config = ServeConfig {
            server: self.server.read(&limits, &mut errors),
            migrate: errors.flag("MOVIES_MIGRATE", self.migrate.as_deref(), storage.is_embedded()),
            builtin_catalogue: errors.flag("MOVIES_BUILTIN_CATALOGUE", self.builtin_catalogue.as_deref(), true),
            feed_interval: errors.duration("MOVIES_FEED_INTERVAL", &self.feed_interval, 10 * millisecond, minute),
            auth: self.auth(&mut errors),
            limits,
            storage,
        };
        errors.finish(config)
    }

    fn auth(&self, errors: &mut ConfigErrors) -> AuthClientSettings {
        let (millisecond, second) = (Duration::from_millis(1), Duration::from_secs(1));
        AuthClientSettings {
            url: errors.take("MOVIES_AUTH_URL", base_url(&self.auth_url), placeholder_url()),
            client_id: self.auth_client_id.clone(),
            secret: self.auth_secret(errors),
            timeout: errors.duration("MOVIES_AUTH_TIMEOUT", &self.auth_timeout, millisecond, 5 * second),
            cache_ttl: errors.duration("MOVIES_AUTH_CACHE_TTL", &self.auth_cache_ttl, Duration::ZERO, 30 * second),
        }
    }

    fn auth_secret(&self, errors: &mut ConfigErrors) -> SecretString {
        let name = "MOVIES_AUTH_CLIENT_SECRET";
        let given = errors.secret(name, self.auth_client_secret.as_ref(), self.auth_client_secret_file.as_deref());
        given.unwrap_or_else(|| {
            let path = self.storage.data_dir.join("movies-api.secret");
            let made = local_secret(&path).map_err(|error| format!("not given, and {}: {error}", path.display()));
            errors.take(name, made, SecretString::default())
        })
    }
}

fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| error.to_string())?;
    let fits = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
    if fits { Ok(url) } else { Err("must be an http or https URL without query and fragment".into()) }
}

/// Placeholder for an invalid URL; the start fails anyway.
fn placeholder_url() -> Url {
    Url::parse("http://127.0.0.1:9").expect("a constant URL")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        settings: ServeSettings,
    }

    fn settings(arguments: &[&str]) -> ServeSettings {
        Command::parse_from(["movies-api"].iter().chain(arguments)).settings
    }

    #[test]
    fn all_bad_settings_are_reported_together() {
        let bad = [
            "--listen=here",
            "--auth-url=ftp://x",
            "--auth-timeout=0s",
            "--auth-cache-ttl=1h",
            "--feed-interval=often",
            "--migrate=perhaps",
            "--database-url=mysql://x",
            "--workers=0",
            "--cors-origins=https://tv.example.org/",
            "--auth-client-secret=0123456789abcdef",
        ];
        let error = settings(&bad).check().expect_err("bad settings").to_string();
        for name in [
            "LISTEN",
            "AUTH_URL",
            "AUTH_TIMEOUT",
            "AUTH_CACHE_TTL",
            "FEED_INTERVAL",
            "MIGRATE",
            "DATABASE_URL",
            "WORKERS",
            "CORS_ORIGINS",
        ] {
            assert!(error.contains(&format!("MOVIES_{name}:")), "{name} is missing in: {error}");
        }
    }

    #[test]
    fn secrets_do_not_show() {
        let given = ["--database-url=postgres://u:hunter2@h/d", "--auth-client-secret=hunter2-hunter2-hunter2"];
        let config = settings(&given).check().expect("good settings");
        assert!(!config.migrate, "servers are migrated by a command");
        let libpq = ["--database-url=postgresql://h/d", "--auth-client-secret=hunter2-hunter2-hunter2"];
        assert!(!settings(&libpq).check().expect("libpq knows both schemes").migrate);
        assert!(!format!("{config:?} {:?}", settings(&given)).contains("hunter2"));
    }
}
