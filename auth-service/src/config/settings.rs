//! Settings as given: flags and environment variables, all of them text until they are checked together.

use std::path::PathBuf;
use std::time::Duration;

use account_partitions::{MONTHS_AHEAD, MONTHS_KEPT, MaintenancePolicy};
use actix_web::http::header::HeaderName;
use chrono::TimeDelta;
use credentials::hashing::{HashCost, HashPoolSettings};
use secrecy::{ExposeSecret, SecretString};
use service_kit::settings::{ClientSecret, ConfigErrors, InvalidConfig, check_database_url};
use service_kit::telemetry::TelemetrySettings;
use social_providers::ProviderArgs;

use super::{
    CaptchaSettings, ClientSettings, Config, LimitSettings, MailSettings, RoleSettings, ServerArgs, SocialSettings,
    hash_threads, issuer, sqlite_url,
};
use account_storage::ClaimPolicy;
use accounts::Lifetimes;

/// Settings of auth-service. A bad value stops the start; all bad values are reported together.
#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub server: ServerArgs,
    /// Folder of the embedded database, keys and secrets; created when absent. Another folder means another, empty
    /// installation.
    #[arg(long, global = true, env = "AUTH_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// Database of accounts: sqlite://path or postgres://user:password@host/database [default:
    /// sqlite://DATA_DIR/auth.sqlite]. Another database means other accounts.
    #[arg(long, global = true, env = "AUTH_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,
    /// File with the database URL, instead of the URL itself.
    #[arg(long, global = true, env = "AUTH_DATABASE_URL_FILE")]
    pub database_url_file: Option<PathBuf>,
    /// Maximum number of connections to the database, 1 to 1000. Too few make requests wait, too many exhaust the
    /// server.
    #[arg(long, global = true, env = "AUTH_DATABASE_CONNECTIONS", default_value = "10")]
    pub database_connections: String,
    /// Create and update tables at the start: true or false [default: true on SQLite, false on PostgreSQL]. With
    /// false and missing tables the service starts and does not become ready.
    #[arg(long, global = true, env = "AUTH_MIGRATE")]
    pub migrate: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub roles: RoleSettings,
    /// Folder of signing keys [default: DATA_DIR/keys]. Replicas must share it: otherwise a token of one is rejected by
    /// the others.
    #[arg(long, global = true, env = "AUTH_KEY_DIR")]
    pub key_dir: Option<PathBuf>,
    /// Time for which a signing key signs, 30days to 10years. On SQLite the next key is made a day ahead and the old file
    /// removed a day after its last token. On PostgreSQL `rotate-keys` does so, and an alarm is raised 14 days before. A
    /// long time leaves an old key on many backups.
    #[arg(long, global = true, env = "AUTH_KEY_MAX_AGE", default_value = "90days")]
    pub key_max_age: String,
    /// Public base URL of this service without a path, claim `iss` of its tokens. A change ends all access tokens.
    #[arg(long, global = true, env = "AUTH_ISSUER", default_value = "http://127.0.0.1:8001")]
    pub issuer: String,
    /// Services that may check tokens: id=secret by commas, secrets of at least 16 characters [default on SQLite:
    /// movies-api with the secret in DATA_DIR/movies-api.secret]. A service with a wrong secret treats all users as
    /// anonymous.
    #[arg(long, global = true, env = "AUTH_SERVICE_CLIENTS", hide_env_values = true)]
    pub service_clients: Option<SecretString>,
    /// File with these services, one a line, instead of the list itself.
    #[arg(long, global = true, env = "AUTH_SERVICE_CLIENTS_FILE")]
    pub service_clients_file: Option<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub clients: ClientSettings,
    /// Lifetime of an access token, 10s to 1day. Long ones keep old roles and ages for longer; short ones cause more
    /// refreshes.
    #[arg(long, global = true, env = "AUTH_ACCESS_TOKEN_TTL", default_value = "10min")]
    pub access_token_ttl: String,
    /// Lifetime of an unused refresh token, at least as long as an access token. Short ones make users sign in more
    /// often.
    #[arg(long, global = true, env = "AUTH_REFRESH_TOKEN_TTL", default_value = "30days")]
    pub refresh_token_ttl: String,
    /// Lifetime of a session, independent of refreshes.
    #[arg(long, global = true, env = "AUTH_SESSION_TTL", default_value = "180days")]
    pub session_ttl: String,
    /// Grace period in which a used refresh token still gives the same successor, 0s to 5min. Too short and a lost
    /// response ends a session; too long and a stolen token goes unnoticed for that time.
    #[arg(long, global = true, env = "AUTH_REFRESH_GRACE", default_value = "10s")]
    pub refresh_grace: String,
    /// Time without a session after which an account whose e-mail nobody has proved is deleted, 60 days or more; a mail
    /// warns 30 days before. Only where a mail server is set. Too short and people lose accounts that they meant to keep.
    #[arg(long, global = true, env = "AUTH_CLAIMS_KEEP", default_value = "180days")]
    pub claims_keep: String,
    /// Threads that hash passwords, 1 to 256 [default: half of the cores]. Each uses 19 MiB. More threads than cores
    /// only make all sign-ins slower.
    #[arg(long, global = true, env = "AUTH_HASH_THREADS")]
    pub hash_threads: Option<String>,
    /// Maximum number of passwords that wait for a thread, 1 to 10000; further ones are answered 503 at once.
    #[arg(long, global = true, env = "AUTH_HASH_QUEUE", default_value = "64")]
    pub hash_queue: String,
    /// Maximum time for which a password waits for a thread before its request is answered 503. Requests that would
    /// probably wait for more than half of it are answered 503 at once. Too short and crowds are sent away that could be
    /// served; too long and users give up first.
    #[arg(long, global = true, env = "AUTH_HASH_DEADLINE", default_value = "3s")]
    pub hash_deadline: String,
    /// Number of full months of sign-ins kept beside the current one, 1 to 120. Older ones are deleted permanently
    /// within the hour, so lower it with care.
    #[arg(long, global = true, env = "AUTH_SIGN_INS_KEEP_MONTHS", default_value = "13")]
    pub sign_ins_keep_months: String,
    /// Number of months beyond the current one that have a partition of sign-ins, 1 to 24. Only on PostgreSQL. Too few
    /// and the first sign-in of a month may wait for its partition when maintenance did not run.
    #[arg(long, global = true, env = "AUTH_PARTITIONS_AHEAD", default_value = "3")]
    pub partitions_ahead: String,
    /// Header in which the proxies of AUTH_TRUSTED_PROXIES send the region of a client's address, as an ISO 3166 code
    /// such as RU-MOW or KZ [default: none]. Shown in the sign-in history; the wrong one may be written by clients.
    #[arg(long, global = true, env = "AUTH_CLIENT_REGION_HEADER")]
    pub client_region_header: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub telemetry: TelemetrySettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub limits: LimitSettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub social: SocialSettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub captcha: CaptchaSettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub mails: MailSettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub providers: ProviderArgs,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Settings {
    /// Checks all settings for the server.
    ///
    /// # Errors
    /// [`InvalidConfig`] with all errors.
    pub fn check(&self) -> Result<Config, InvalidConfig> {
        let mut errors = ConfigErrors::default();
        let config = self.read(&mut errors);
        if config.service_clients.is_none() && !config.is_embedded() {
            errors.add("AUTH_SERVICE_CLIENTS: must be set when accounts are in PostgreSQL");
        }
        errors.finish(config)
    }

    /// Checks the settings for one-off commands, which check no tokens of users.
    ///
    /// # Errors
    /// [`InvalidConfig`] with all errors.
    pub fn check_for_command(&self) -> Result<Config, InvalidConfig> {
        let mut errors = ConfigErrors::default();
        let config = self.read(&mut errors);
        errors.finish(config)
    }

    fn read(&self, errors: &mut ConfigErrors) -> Config {
        let database_url = self.database_url(errors);
        let on_sqlite = database_url.expose_secret().starts_with("sqlite:");
        let migrate = errors.flag("AUTH_MIGRATE", self.migrate.as_deref(), on_sqlite);
        let limits = self.limits.read(errors);
        let issuer = errors.take("AUTH_ISSUER", issuer(&self.issuer), String::new());
        let service_clients = self.service_clients(errors);
        let (clients, resources) = self.clients.read(&issuer, service_clients.as_deref(), errors);
        Config {
            server: self.server.read(&limits, errors),
            data_dir: self.data_dir.clone(),
            database_connections: errors.number("AUTH_DATABASE_CONNECTIONS", &self.database_connections, (1, 1000)),
            migrate,
            roles: self.roles.read(errors),
            key_dir: self.key_dir.clone().unwrap_or_else(|| self.data_dir.join("keys")),
            key_max_age: errors.duration("AUTH_KEY_MAX_AGE", &self.key_max_age, DAY * 30, DAY * 3653),
            issuer,
            service_clients,
            clients,
            resources,
            lifetimes: self.lifetimes(errors),
            claims: self.claims(errors),
            hashing: self.hashing(errors),
            limits,
            social: self.social.read(errors),
            maintenance: self.maintenance(errors),
            client_region_header: self.client_region_header(errors),
            captcha: self.captcha.read(on_sqlite, errors),
            mails: self.mails.read(errors),
            providers: self.providers.read(errors),
            database_url,
        }
    }

    fn maintenance(&self, errors: &mut ConfigErrors) -> MaintenancePolicy {
        let (ahead, kept) = (MONTHS_AHEAD.into_inner(), MONTHS_KEPT.into_inner());
        MaintenancePolicy::new(
            errors.number("AUTH_PARTITIONS_AHEAD", &self.partitions_ahead, ahead),
            errors.number("AUTH_SIGN_INS_KEEP_MONTHS", &self.sign_ins_keep_months, kept),
        )
    }

    fn client_region_header(&self, errors: &mut ConfigErrors) -> Option<HeaderName> {
        let text = self.client_region_header.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
        errors.take("AUTH_CLIENT_REGION_HEADER", HeaderName::try_from(text).map(Some), None)
    }

    fn database_url(&self, errors: &mut ConfigErrors) -> SecretString {
        let name = "AUTH_DATABASE_URL";
        let url = errors
            .secret(name, self.database_url.as_ref(), self.database_url_file.as_deref())
            .unwrap_or_else(|| sqlite_url(&self.data_dir).into());
        errors.take(name, check_database_url(url.expose_secret()), ());
        url
    }

    fn service_clients(&self, errors: &mut ConfigErrors) -> Option<Vec<ClientSecret>> {
        let (list, file) = (self.service_clients.as_ref(), self.service_clients_file.as_deref());
        errors.client_secrets("AUTH_SERVICE_CLIENTS", list, file, 1)
    }

    fn lifetimes(&self, errors: &mut ConfigErrors) -> Lifetimes {
        let (second, day) = (Duration::from_secs(1), Duration::from_secs(24 * 60 * 60));
        let years = day * 3660;
        let access_token = errors.duration("AUTH_ACCESS_TOKEN_TTL", &self.access_token_ttl, second * 10, day);
        let refresh_token = errors.duration("AUTH_REFRESH_TOKEN_TTL", &self.refresh_token_ttl, access_token, years);
        let session = errors.duration("AUTH_SESSION_TTL", &self.session_ttl, access_token, years);
        let refresh_grace = errors.duration("AUTH_REFRESH_GRACE", &self.refresh_grace, Duration::ZERO, second * 300);
        Lifetimes { access_token, refresh_token, session, refresh_grace }
    }

    fn claims(&self, errors: &mut ConfigErrors) -> ClaimPolicy {
        let day = Duration::from_secs(24 * 60 * 60);
        let keep = errors.duration("AUTH_CLAIMS_KEEP", &self.claims_keep, day * 60, day * 3660);
        let warnings_per_hour = (self.mails.mails_per_day / 200).max(1); // an eighth of the mails of a day
        ClaimPolicy { keep: TimeDelta::from_std(keep).unwrap_or(ClaimPolicy::default().keep), warnings_per_hour }
    }

    fn hashing(&self, errors: &mut ConfigErrors) -> HashPoolSettings {
        let threads = match self.hash_threads.as_deref() {
            None | Some("") => hash_threads(),
            Some(text) => errors.number("AUTH_HASH_THREADS", text, (1, 256)),
        };
        let (min, max) = (Duration::from_millis(10), Duration::from_secs(60));
        HashPoolSettings {
            threads,
            queue: errors.number("AUTH_HASH_QUEUE", &self.hash_queue, (1, 10_000)),
            deadline: errors.duration("AUTH_HASH_DEADLINE", &self.hash_deadline, min, max),
            cost: HashCost::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        settings: Settings,
    }

    fn settings(arguments: &[&str]) -> Settings {
        Command::parse_from(["auth-service"].iter().chain(arguments)).settings
    }

    #[test]
    fn the_defaults_are_an_embedded_installation() {
        let config = settings(&[]).check().unwrap();
        assert_eq!(config.database_url.expose_secret(), "sqlite://./data/auth.sqlite");
        assert!(config.migrate && config.service_clients.is_none());
        assert_eq!(config.lifetimes.access_token, Duration::from_secs(600));
    }

    #[test]
    fn all_bad_settings_are_reported_together() {
        let bad = [
            "--listen=here",
            "--issuer=ftp://x",
            "--key-max-age=29days",
            "--hash-queue=0",
            "--refresh-grace=1h",
            "--migrate=perhaps",
        ];
        let error = settings(&[&bad[..], &["--cors-origins=https://tv.example.org/"]].concat())
            .check()
            .unwrap_err()
            .to_string();
        for name in ["LISTEN", "ISSUER", "KEY_MAX_AGE", "HASH_QUEUE", "REFRESH_GRACE", "MIGRATE", "CORS_ORIGINS"] {
            assert!(error.contains(&format!("AUTH_{name}:")), "{name} is missing in: {error}");
        }
    }

    #[test]
    fn an_issuer_has_no_path() {
        for (issuer, stored) in
            [("https://auth.example/", "https://auth.example"), ("http://[::1]:8001", "http://[::1]:8001")]
        {
            assert_eq!(settings(&["--issuer", issuer]).check().unwrap().issuer, stored);
        }
        for issuer in
            ["https://example.org/auth", "https://example.org/auth/", "https://example.org//", "https://a@b.example"]
        {
            let error = settings(&["--issuer", issuer]).check().unwrap_err().to_string();
            assert!(error.contains("AUTH_ISSUER"), "{issuer}: {error}");
        }
    }

    #[test]
    fn claims_are_kept_for_60_days_or_more_and_warned_with_an_eighth_of_the_mails_of_a_day() {
        assert_eq!(settings(&[]).check().unwrap().claims, ClaimPolicy::default());
        let claims = settings(&["--claims-keep=60days", "--mails-per-day=400"]).check().unwrap().claims;
        assert_eq!((claims.keep, claims.warnings_per_hour), (TimeDelta::days(60), 2));
        assert_eq!(settings(&["--mails-per-day=1"]).check().unwrap().claims.warnings_per_hour, 1);
        let error = settings(&["--claims-keep=59days"]).check().unwrap_err().to_string();
        assert!(error.contains("AUTH_CLAIMS_KEEP"), "{error}");
    }

    #[test]
    fn months_are_kept_and_created_by_the_settings_within_bounds() {
        assert_eq!(settings(&[]).check().unwrap().maintenance, MaintenancePolicy::default());
        let highest = settings(&["--sign-ins-keep-months=120", "--partitions-ahead=24"]).check().unwrap();
        assert_eq!(highest.maintenance, MaintenancePolicy::new(24, 120));
        let bad = ["--sign-ins-keep-months=0", "--partitions-ahead=25", "--hash-queue=0"];
        let error = settings(&bad).check().unwrap_err().to_string();
        for name in ["AUTH_SIGN_INS_KEEP_MONTHS", "AUTH_PARTITIONS_AHEAD", "AUTH_HASH_QUEUE"] {
            assert!(error.contains(name), "{name} is missing in: {error}");
        }
    }

    #[test]
    fn servers_with_a_captcha_need_its_secrets() {
        let url = "--captcha-url=http://127.0.0.1:8003";
        let captcha = settings(&[url]).check().unwrap().captcha.unwrap();
        assert_eq!((captcha.page_url.as_str(), captcha.site_secret.is_none()), ("http://127.0.0.1:8003/tv", true));
        assert!(settings(&["--captcha-url="]).check().unwrap().captcha.is_none());
        let bad = ["--captcha-url=http://a@x/", "--captcha-page-url=tv", "--captcha-timeout=1min"];
        let error = settings(&bad).check().unwrap_err().to_string();
        for name in ["AUTH_CAPTCHA_URL", "AUTH_CAPTCHA_PAGE_URL", "AUTH_CAPTCHA_TIMEOUT"] {
            assert!(error.contains(name), "{name} is missing in: {error}");
        }
        let error = settings(&[url, "--database-url=postgres://db/auth"]).check().unwrap_err().to_string();
        assert!(error.contains("AUTH_CAPTCHA_SECRET:") && error.contains("AUTH_CAPTCHA_CLIENT_SECRET:"), "{error}");
    }

    #[test]
    fn servers_need_service_clients_and_do_not_migrate_by_default() {
        let url = "--database-url=postgres://auth:hunter2@db/auth";
        let error = settings(&[url]).check().unwrap_err().to_string();
        assert!(error.contains("AUTH_SERVICE_CLIENTS") && !error.contains("hunter2"), "{error}");
        let config = settings(&[url, "--service-clients=movies-api=0123456789abcdef"]).check().unwrap();
        assert!(!config.migrate && !format!("{config:?}").contains("hunter2"));
        let libpq = url.replace("postgres://", "postgresql://"); // libpq accepts both
        let config = settings(&[&libpq, "--service-clients=movies-api=0123456789abcdef"]).check().unwrap();
        assert!(!config.migrate && !config.is_embedded());
    }
}
