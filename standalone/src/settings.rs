//! Settings of `cinema`: where things are. Everything else comes from the services' own variables and defaults.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use service_kit::healthcheck::HealthcheckArgs;
use service_kit::settings::{try_parse_from, variable};
use service_kit::telemetry::TelemetrySettings;

/// The whole cinema in one process, on embedded storage.
///
/// Every other setting of auth-service (AUTH_…), movies-api (MOVIES_…) and captcha-service (CAPTCHA_…) is taken from the
/// environment; see `auth-service --help`, `movies-api serve --help` and `captcha-service --help`.
#[derive(Debug, Parser)]
#[command(name = "cinema", version, about)]
pub struct Settings {
    /// What to do instead of opening the cinema.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Folder of databases, keys and secrets; made when absent. Another folder is another, empty cinema.
    #[arg(long, env = "CINEMA_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// Where auth-service listens; port 0 takes a free one.
    #[arg(long, env = "AUTH_LISTEN", default_value = "127.0.0.1:8001")]
    pub auth_listen: SocketAddr,
    /// Where movies-api listens; port 0 takes a free one.
    #[arg(long, env = "MOVIES_LISTEN", default_value = "127.0.0.1:8002")]
    pub movies_listen: SocketAddr,
    /// Where captcha-service listens; port 0 takes a free one. TVs open its page, so they must reach it.
    #[arg(long, env = "CAPTCHA_LISTEN", default_value = "127.0.0.1:8003")]
    pub captcha_listen: SocketAddr,
    /// Whether apps that look like bots are asked for a captcha: on or off.
    #[arg(long, env = "CINEMA_CAPTCHA", default_value = "on")]
    pub captcha: Captcha,
    #[command(flatten)]
    pub telemetry: TelemetrySettings,
}

/// What else can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Asks the services of the cinema that runs here whether they are ready: exit code 0, or 1 and why not.
    Healthcheck(HealthcheckArgs),
    /// Makes another password for the administrator that the first start has made, prints it, and ends his sessions. The cinema
    /// may be open meanwhile.
    ResetAdminPassword,
}

/// Whether there is a captcha.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Captcha {
    /// There is.
    On,
    /// Nobody is asked for one, and captcha-service is not started.
    Off,
}

#[derive(Debug, Parser)]
struct CaptchaSettings {
    #[command(flatten)]
    settings: captcha_service::config::Settings,
}

#[derive(Debug, Parser)]
struct AuthSettings {
    #[command(flatten)]
    settings: auth_service::config::Settings,
}

#[derive(Debug, Parser)]
struct MoviesSettings {
    #[command(flatten)]
    settings: movies_api::config::ServeSettings,
}

impl Settings {
    /// Settings of captcha-service here; nothing when it is off.
    ///
    /// # Errors
    /// When one of its variables does not fit.
    pub fn captcha(&self) -> anyhow::Result<Option<captcha_service::config::Config>> {
        if self.captcha == Captcha::Off {
            return Ok(None);
        }
        let mut settings = try_parse_from::<CaptchaSettings>(["cinema"])?.settings;
        settings.data_dir.clone_from(&self.data_dir);
        settings.listen = self.captcha_listen.to_string();
        let mut config = settings.check()?;
        config.server.connections.servers = self.servers();
        Ok(Some(config))
    }

    /// Settings of auth-service here, with captcha-service at `captcha`.
    ///
    /// # Errors
    /// When one of its variables does not fit.
    pub fn auth(&self, captcha: Option<SocketAddr>) -> anyhow::Result<auth_service::config::Config> {
        let mut settings = try_parse_from::<AuthSettings>(["cinema"])?.settings;
        settings.data_dir.clone_from(&self.data_dir);
        settings.listen = self.auth_listen.to_string();
        settings.captcha.captcha_url = captcha.map(|address| format!("http://{address}"));
        if variable("AUTH_ISSUER").is_none() {
            settings.issuer = format!("http://{}", self.auth_listen);
        }
        let mut config = settings.check()?;
        config.server.connections.servers = self.servers();
        Ok(config)
    }

    /// Settings of movies-api here, with auth-service at `auth`.
    ///
    /// # Errors
    /// When one of its variables does not fit.
    pub fn movies(&self, auth: SocketAddr) -> anyhow::Result<movies_api::config::ServeConfig> {
        let mut settings = try_parse_from::<MoviesSettings>(["cinema"])?.settings;
        settings.storage.data_dir.clone_from(&self.data_dir);
        settings.listen = self.movies_listen.to_string();
        settings.auth_url = format!("http://{auth}");
        let mut config = settings.check()?;
        config.server.connections.servers = self.servers();
        Ok(config)
    }

    /// Servers in this process.
    fn servers(&self) -> usize {
        if self.captcha == Captcha::On { 3 } else { 2 }
    }
}
