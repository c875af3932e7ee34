//! auth-service on a database of its own, for measurements of accounts: one worker, one hashing thread, no captcha, and
//! no limit that they reach.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tests::process::Process;
use tests::services::{Service, sign_in};

use crate::routes::{NEVER, introspect_request, service};

/// Password of all accounts.
pub const PASSWORD: &str = "correct horse battery";
/// Options of a private PostgreSQL that writes as durably as one in operation.
pub const DURABLE: &str = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on";
/// Secret of movies-api.
const SECRET: &str = "a secret of no other use";
/// Policies that one address or account would violate here.
const LIMITS: [&str; 16] = [
    "password_requests",
    "log_in",
    "log_in_guess",
    "log_in_account",
    "known_device",
    "sign_up",
    "sign_up_account",
    "password_resets",
    "mail_codes",
    "account",
    "account_user",
    "introspect",
    "checks",
    "token_requests",
    "refresh",
    "device_polls",
];

/// The service, with its data folder.
pub struct AuthServer {
    /// The service.
    pub service: Service,
    variables: Vec<(&'static str, String)>,
    folder: tempfile::TempDir,
}

impl AuthServer {
    /// Starts it on an empty database, with `more` variables. It believes the X-Forwarded-For of this machine.
    pub async fn start(database_url: &str, more: &[(&'static str, String)]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut variables = vec![
            ("AUTH_DATA_DIR", folder.path().display().to_string()),
            ("AUTH_DATABASE_URL", database_url.to_owned()),
            ("AUTH_MIGRATE", "true".to_owned()),
            ("AUTH_SERVICE_CLIENTS", format!("movies-api={SECRET}")),
            ("AUTH_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
            ("AUTH_HASH_THREADS", "1".to_owned()),
        ];
        variables.extend_from_slice(more);
        if !database_url.starts_with("sqlite:") {
            command(&["create-key"], &variables)?;
        }
        let quotas = LIMITS.map(|policy| (policy, NEVER));
        let service = service("auth-service", "AUTH", folder.path(), &quotas, &variables).await;
        Ok(Self { service, variables, folder })
    }

    /// Its data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command of auth-service on its database.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<()> {
        command(arguments, &self.variables)
    }

    /// Creates an account; returns the profile.
    pub async fn sign_up(&self, email: &str) -> Value {
        let body = serde_json::json!({"email": email, "password": PASSWORD});
        self.service.client.post("/api/v1/users").json(&body).send().await.assert_status(201)["user"].clone()
    }

    /// Signs in; returns the access token.
    pub async fn sign_in(&self, email: &str) -> String {
        sign_in(&self.service.client, email, PASSWORD).await
    }

    /// Times of all requests of a route so far, as the service logs them.
    pub fn times_of(&self, route: &str) -> Vec<Duration> {
        let lines = self.service.process.all_with(&format!("\"route\":\"{route}\""));
        let times = lines.iter().filter_map(|line| {
            let (_, rest) = line.split_once("\"duration_ms\":")?;
            rest.split([',', '}']).next()?.parse::<f64>().ok()
        });
        times.map(|milliseconds| Duration::from_secs_f64(milliseconds / 1000.0)).collect()
    }

    /// Raw request of movies-api to check a token.
    pub fn introspection_of(token: &str) -> Vec<u8> {
        introspect_request(token, SECRET)
    }
}

fn command(arguments: &[&str], variables: &[(&str, String)]) -> anyhow::Result<()> {
    let mut command = Process::start("auth-service", arguments, variables);
    anyhow::ensure!(command.wait(Duration::from_secs(600)).success(), "{}", command.output().join("\n"));
    Ok(())
}

/// A raw HTTP/1.1 request with a JSON body.
pub fn json_request(method: &str, path: &str, header: Option<(&str, &str)>, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let header = header.map(|(name, value)| format!("{name}: {value}\r\n")).unwrap_or_default();
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: bench\r\n{header}content-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
