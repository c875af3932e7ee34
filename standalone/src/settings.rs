//! Settings of `cinema`: where things are. Everything else comes from the services' own variables and defaults.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use service_kit::telemetry::TelemetrySettings;

/// The whole cinema in one process, on embedded storage.
///
/// Every other setting of auth-service (AUTH_…), movies-api (MOVIES_…) and captcha-service (CAPTCHA_…) is taken from the
/// environment; see `auth-service --help`, `movies-api serve --help` and `captcha-service --help`.
#[derive(Debug, Parser)]
#[command(name = "cinema", version, about)]
pub struct Settings {
    /// Folder of databases, keys and secrets; made when absent. Another folder is another, empty cinema.
    #[arg(long, env = "CINEMA_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// Where auth-service listens; port 0 takes a free one.
    #[arg(long, env = "AUTH_LISTEN", default_value = "127.0.0.1:8001")]
    pub auth_listen: SocketAddr,
    /// Where movies-api listens; port 0 takes a free one.
    #[arg(long, env = "MOVIES_LISTEN", default_value = "127.0.0.1:8002")]
    pub movies_listen: SocketAddr,
    /// Where captcha-service listens; port 0 takes a free one.
    #[arg(long, env = "CAPTCHA_LISTEN", default_value = "127.0.0.1:8003")]
    pub captcha_listen: SocketAddr,
    #[command(flatten)]
    pub telemetry: TelemetrySettings,
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

#[derive(Debug, Parser)]
struct CaptchaSettings {
    #[command(flatten)]
    settings: captcha_service::config::Settings,
}

impl Settings {
    /// Settings of auth-service here.
    ///
    /// # Errors
    /// When one of its variables does not fit.
    pub fn auth(&self) -> anyhow::Result<auth_service::config::Config> {
        let mut settings = AuthSettings::try_parse_from(["cinema"])?.settings;
        settings.data_dir.clone_from(&self.data_dir);
        settings.listen = self.auth_listen.to_string();
        if std::env::var_os("AUTH_ISSUER").is_none() {
            settings.issuer = format!("http://{}", self.auth_listen);
        }
        Ok(settings.check()?)
    }

    /// Settings of movies-api here, with auth-service at `auth`.
    ///
    /// # Errors
    /// When one of its variables does not fit.
    pub fn movies(&self, auth: SocketAddr) -> anyhow::Result<movies_api::config::ServeConfig> {
        let mut settings = MoviesSettings::try_parse_from(["cinema"])?.settings;
        settings.storage.data_dir.clone_from(&self.data_dir);
        settings.listen = self.movies_listen.to_string();
        settings.auth_url = format!("http://{auth}");
        Ok(settings.check()?)
    }
    /// Settings of captcha-service here.
    ///
    /// # Errors
    /// When one of its variables does not fit.
    pub fn captcha(&self) -> anyhow::Result<captcha_service::config::Config> {
        let mut settings = CaptchaSettings::try_parse_from(["cinema"])?.settings;
        settings.data_dir.clone_from(&self.data_dir);
        settings.listen = self.captcha_listen.to_string();
        Ok(settings.check()?)
    }
}
