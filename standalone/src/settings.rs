//! Settings of `cinema`: addresses and data folder. All others come from the services' own variables and defaults.

use std::net::SocketAddr;
use std::path::PathBuf;

use auth_service::endpoints::oauth::ACTIVATE;
use clap::{Parser, Subcommand};
use service_kit::server::healthcheck::HealthcheckArgs;
use service_kit::settings::{try_parse_from, variable};
use service_kit::telemetry::TelemetrySettings;

/// The whole cinema in one process, on embedded storage.
///
/// Every other setting of auth-service (AUTH_…), movies-api (MOVIES_…) and captcha-service (CAPTCHA_…) is taken from
/// the environment; see `auth-service --help`, `movies-api serve --help` and `captcha-service --help`.
#[derive(Debug, Parser)]
#[command(name = "cinema", version, about)]
pub struct Settings {
    /// Command to run instead of opening the cinema.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Folder of databases, keys and secrets; created when absent. Another folder is another, empty cinema.
    #[arg(long, env = "CINEMA_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// Listen address of auth-service; port 0 takes a free one.
    #[arg(long, env = "AUTH_LISTEN", default_value = "127.0.0.1:8001")]
    pub auth_listen: SocketAddr,
    /// Listen address of movies-api; port 0 takes a free one.
    #[arg(long, env = "MOVIES_LISTEN", default_value = "127.0.0.1:8002")]
    pub movies_listen: SocketAddr,
    /// Listen address of captcha-service; port 0 takes a free one. TVs open its page, so they must reach it.
    #[arg(long, env = "CAPTCHA_LISTEN", default_value = "127.0.0.1:8003")]
    pub captcha_listen: SocketAddr,
    /// Captcha challenges for apps that look like bots: on or off.
    #[arg(long, env = "CINEMA_CAPTCHA", default_value = "on")]
    pub captcha: Captcha,
    #[command(flatten)]
    pub telemetry: TelemetrySettings,
}

/// Commands other than opening the cinema.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks that the services of the cinema on this machine are ready: exit code 0, or 1 and the reason.
    Healthcheck(HealthcheckArgs),
    /// Sets a new password for the administrator created by the first start, prints it, and ends that account's
    /// sessions. The cinema may be open meanwhile.
    ResetAdminPassword,
}

/// Captcha challenges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Captcha {
    /// Enabled.
    On,
    /// Disabled; captcha-service is not started.
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
    /// Settings of captcha-service; `None` when it is off.
    ///
    /// # Errors
    /// When one of its variables is invalid.
    pub fn captcha(&self) -> anyhow::Result<Option<captcha_service::config::Config>> {
        if self.captcha == Captcha::Off {
            return Ok(None);
        }
        let mut settings = try_parse_from::<CaptchaSettings>(["cinema"])?.settings;
        settings.data_dir.clone_from(&self.data_dir);
        settings.server.listen = self.captcha_listen.to_string();
        let mut config = settings.check()?;
        if config.phone_url.is_none() {
            config.phone_url = self.activation_url()?;
        }
        config.server.connections.servers = self.servers();
        Ok(Some(config))
    }

    /// Settings of auth-service, with captcha-service at `captcha`.
    ///
    /// # Errors
    /// When one of its variables is invalid.
    pub fn auth(&self, captcha: Option<SocketAddr>) -> anyhow::Result<auth_service::config::Config> {
        let mut settings = try_parse_from::<AuthSettings>(["cinema"])?.settings;
        settings.data_dir.clone_from(&self.data_dir);
        settings.server.listen = self.auth_listen.to_string();
        settings.captcha.captcha_url = captcha.map(|address| format!("http://{address}"));
        if variable("AUTH_ISSUER").is_none() {
            settings.issuer = format!("http://{}", self.auth_listen);
        }
        let mut config = settings.check()?;
        config.server.connections.servers = self.servers();
        Ok(config)
    }

    /// Settings of movies-api, with auth-service at `auth`.
    ///
    /// # Errors
    /// When one of its variables is invalid.
    pub fn movies(&self, auth: SocketAddr) -> anyhow::Result<movies_api::config::ServeConfig> {
        let mut settings = try_parse_from::<MoviesSettings>(["cinema"])?.settings;
        settings.storage.data_dir.clone_from(&self.data_dir);
        settings.server.listen = self.movies_listen.to_string();
        settings.auth_url = format!("http://{auth}");
        let mut config = settings.check()?;
        config.server.connections.servers = self.servers();
        Ok(config)
    }

    /// Address where phones sign TVs in; `None` when only the start of auth-service will tell its port.
    fn activation_url(&self) -> anyhow::Result<Option<String>> {
        let is_known = variable("AUTH_ISSUER").is_some() || self.auth_listen.port() != 0;
        Ok(if is_known { Some(format!("{}{ACTIVATE}", self.auth(None)?.issuer)) } else { None })
    }

    /// Number of servers in this process.
    fn servers(&self) -> usize {
        if self.captcha == Captcha::On { 3 } else { 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone_url(arguments: &[&str]) -> Option<String> {
        let settings = Settings::parse_from([&["cinema"], arguments].concat());
        settings.captcha().expect("settings").expect("a captcha").phone_url
    }

    #[test]
    fn phones_sign_tvs_in_at_auth_service_once_its_port_is_known() {
        assert_eq!(phone_url(&[]).as_deref(), Some("http://127.0.0.1:8001/activate"));
        assert_eq!(phone_url(&["--auth-listen=127.0.0.1:0"]), None);
    }
}
