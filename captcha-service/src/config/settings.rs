//! Settings as given: flags and environment variables, all text until they are validated together.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use service_kit::settings::{ConfigErrors, InvalidConfig};
use service_kit::telemetry::TelemetrySettings;
use url::Url;

use super::{Config, LimitSettings, ServerArgs};
use crate::domain::PassBudget;
use crate::domain::risk::Weights;
use crate::tv::TvHost;

/// Minimum length of a sealing key, in characters.
const MIN_KEY: usize = 32;

/// Settings of captcha-service. An invalid value stops the start; all invalid values are reported together.
#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub server: ServerArgs,
    /// Folder of the secrets that an embedded installation generates; created when absent.
    #[arg(long, global = true, env = "CAPTCHA_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// Services that may assess and report outcomes: id=secret by commas, secrets of at least 16 characters [default
    /// without Redis: auth-service with the secret in DATA_DIR/auth-service.secret].
    #[arg(long, global = true, env = "CAPTCHA_SERVICE_CLIENTS", hide_env_values = true)]
    pub service_clients: Option<SecretString>,
    /// File with these services, one per line, instead of the list itself.
    #[arg(long, global = true, env = "CAPTCHA_SERVICE_CLIENTS_FILE")]
    pub service_clients_file: Option<PathBuf>,
    /// Sites that redeem passes at /siteverify: sitekey=secret by commas. A site may appear twice, with its new and
    /// its old secret, during a rotation [default without Redis: tv with the secret in DATA_DIR/captcha-tv.secret].
    #[arg(long, global = true, env = "CAPTCHA_SITES", hide_env_values = true)]
    pub sites: Option<SecretString>,
    /// File with these sites, one per line, instead of the list itself.
    #[arg(long, global = true, env = "CAPTCHA_SITES_FILE")]
    pub sites_file: Option<PathBuf>,
    /// Sealing keys of at least 32 random characters, by commas: the first one seals, all of them open. Replicas must
    /// share them. Removing a key invalidates everything that was sealed with it [default without Redis: in
    /// DATA_DIR/captcha.key].
    #[arg(long, global = true, env = "CAPTCHA_KEYS", hide_env_values = true)]
    pub keys: Option<SecretString>,
    /// File with these keys, one per line, instead of the keys themselves.
    #[arg(long, global = true, env = "CAPTCHA_KEYS_FILE")]
    pub keys_file: Option<PathBuf>,
    /// Storage of challenges: stored (in this process or in Redis) or sealed (in the ids of their pictures; the store
    /// only records used pictures). Sealed challenges survive an outage of Redis, and are not counted per device and
    /// network.
    #[arg(long, global = true, env = "CAPTCHA_KEEP", default_value = "stored")]
    pub keep: String,
    /// Prefix of all Redis keys, 1 to 20 of a-z, 0-9, '-', '_' and '.'.
    #[arg(long, global = true, env = "CAPTCHA_REDIS_PREFIX", default_value = "cap1")]
    pub redis_prefix: String,
    /// Maximum number of challenges in this process, 1000 to 10000000; some 400 bytes each with the related records.
    /// When full, new ones are rejected and nothing is evicted.
    #[arg(long, global = true, env = "CAPTCHA_CAPACITY", default_value = "200000")]
    pub capacity: String,
    /// Risk assessment: on, or shadow (logs its decision and always allows).
    #[arg(long, global = true, env = "CAPTCHA_RISK", default_value = "on")]
    pub risk: String,
    /// File (TOML) that changes the points per risk signal; docs/captcha.md lists them. An invalid file stops the
    /// start.
    #[arg(long, global = true, env = "CAPTCHA_RISK_FILE")]
    pub risk_file: Option<PathBuf>,
    /// Passes by picture or sound that a network (IPv4 /24, IPv6 /56) gets in a day, 1 to 1000000; a third of them by sound.
    /// Beyond it the network is offered the phone only, or nothing without CAPTCHA_PHONE_URL. This number limits programs
    /// that read every sum: raise it for a large shared address whose users have no phones at hand.
    #[arg(long, global = true, env = "CAPTCHA_PASSES_PER_NETWORK", default_value = "30")]
    pub passes_per_network: String,
    /// URL where a phone signs the TV in, shown as a QR code beside challenges: ISSUER/activate of auth-service, for apps
    /// that start a device grant, or a page of your own that needs no code [default: none; `cinema`: its /activate].
    #[arg(long, global = true, env = "CAPTCHA_PHONE_URL")]
    pub phone_url: Option<String>,
    /// Apps that may frame the page /tv and receive its passes, by commas: https://HOST, file:// for apps installed on
    /// the TV, or the scheme of a native app such as my-tv: [default: none]. A listed app can take passes.
    #[arg(long, global = true, env = "CAPTCHA_TV_HOSTS")]
    pub tv_hosts: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub telemetry: TelemetrySettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "documented at its type; here clap would take it for the help text")]
    pub limits: LimitSettings,
}

impl Settings {
    /// Validates all settings for serving.
    ///
    /// # Errors
    /// [`InvalidConfig`] with all errors.
    pub fn check(&self) -> Result<Config, InvalidConfig> {
        let mut errors = ConfigErrors::default();
        let config = self.read(&mut errors);
        if config.redis.is_some() {
            for (name, is_there) in [
                ("CAPTCHA_SERVICE_CLIENTS", config.service_clients.is_some()),
                ("CAPTCHA_SITES", config.sites.is_some()),
                ("CAPTCHA_KEYS", config.keys.is_some()),
            ] {
                if !is_there {
                    errors.add(format!("{name}: must be set when replicas share a Redis"));
                }
            }
        }
        errors.finish(config)
    }

    fn read(&self, errors: &mut ConfigErrors) -> Config {
        let limits = self.limits.read(errors);
        Config {
            server: self.server.read(&limits, errors),
            data_dir: self.data_dir.clone(),
            service_clients: errors.client_secrets(
                "CAPTCHA_SERVICE_CLIENTS",
                self.service_clients.as_ref(),
                self.service_clients_file.as_deref(),
                2,
            ),
            sites: errors.client_secrets("CAPTCHA_SITES", self.sites.as_ref(), self.sites_file.as_deref(), 2),
            keys: self.keys(errors),
            redis: limits.redis().cloned(),
            redis_prefix: self.redis_prefix(errors),
            sealed: errors.one_of("CAPTCHA_KEEP", Some(&self.keep), &[("stored", false), ("sealed", true)], false),
            capacity: errors.number("CAPTCHA_CAPACITY", &self.capacity, (1_000, 10_000_000)),
            weights: self.weights(errors),
            shadow: errors.one_of("CAPTCHA_RISK", Some(&self.risk), &[("on", false), ("shadow", true)], false),
            passes_per_network: PassBudget::new(errors.number(
                "CAPTCHA_PASSES_PER_NETWORK",
                &self.passes_per_network,
                (1, 1_000_000),
            )),
            phone_url: self.phone_url(errors),
            tv_hosts: self.tv_hosts(errors),
            limits,
        }
    }

    fn keys(&self, errors: &mut ConfigErrors) -> Option<Vec<SecretString>> {
        let name = "CAPTCHA_KEYS";
        let list = errors.secret(name, self.keys.as_ref(), self.keys_file.as_deref())?;
        let keys = list.expose_secret().split([',', '\n']).map(str::trim).filter(|key| !key.is_empty());
        let keys: Vec<SecretString> = keys.map(|key| key.to_owned().into()).collect();
        if keys.is_empty() || keys.len() > 4 || keys.iter().any(|key| key.expose_secret().len() < MIN_KEY) {
            errors.add(format!("{name}: must be 1 to 4 keys of at least {MIN_KEY} characters"));
        }
        Some(keys)
    }

    fn redis_prefix(&self, errors: &mut ConfigErrors) -> String {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        let prefix = self.redis_prefix.trim();
        if prefix.is_empty() || prefix.len() > 20 || !prefix.bytes().all(allowed) {
            errors.add("CAPTCHA_REDIS_PREFIX: must be 1 to 20 of a-z, 0-9, '-', '_' and '.'");
        }
        prefix.to_owned()
    }

    fn weights(&self, errors: &mut ConfigErrors) -> Weights {
        let Some(path) = self.risk_file.as_deref().filter(|path| !path.as_os_str().is_empty()) else {
            return Weights::default();
        };
        let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let weights = read.and_then(|text| Weights::parse(&text).map_err(|error| error.to_string()));
        errors.take("CAPTCHA_RISK_FILE", weights, Weights::default())
    }

    fn tv_hosts(&self, errors: &mut ConfigErrors) -> Vec<TvHost> {
        let hosts = self.tv_hosts.as_deref().unwrap_or_default().split(',').map(str::trim);
        let hosts = hosts.filter(|host| !host.is_empty()).map(str::parse).collect::<Result<Vec<_>, _>>();
        errors.take("CAPTCHA_TV_HOSTS", hosts, Vec::new())
    }

    fn phone_url(&self, errors: &mut ConfigErrors) -> Option<String> {
        let text = self.phone_url.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
        let url = Url::parse(text).map_err(|error| error.to_string()).and_then(|url| {
            let good = matches!(url.scheme(), "http" | "https") && text.len() <= 120;
            if good { Ok(text.to_owned()) } else { Err("must be http or https and at most 120 characters".to_owned()) }
        });
        errors.take("CAPTCHA_PHONE_URL", url.map(Some), None)
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
        Command::parse_from(["captcha-service"].iter().chain(arguments)).settings
    }

    #[test]
    fn the_defaults_are_an_embedded_installation() {
        let config = settings(&[]).check().unwrap();
        assert!(config.redis.is_none() && config.sites.is_none() && !config.sealed && !config.shadow);
        assert_eq!(config.server.listen.port(), 8003);
    }

    #[test]
    fn all_bad_settings_are_reported_together() {
        let bad = [
            "--listen=here",
            "--keep=nowhere",
            "--capacity=1",
            "--risk=off",
            "--phone-url=ftp://x",
            "--passes-per-network=0",
            "--keys=short",
            "--sites=tv",
            "--redis-prefix=A B",
            "--tv-hosts=https://*",
            "--cors-origins=*",
        ];
        let error = settings(&bad).check().unwrap_err().to_string();
        let names = ["LISTEN", "KEEP", "CAPACITY", "RISK", "PHONE_URL", "KEYS", "SITES", "REDIS_PREFIX", "TV_HOSTS"];
        for name in names.into_iter().chain(["CORS_ORIGINS", "PASSES_PER_NETWORK"]) {
            assert!(error.contains(&format!("CAPTCHA_{name}:")), "{name} is missing in: {error}");
        }
    }

    #[test]
    fn replicas_must_share_their_secrets() {
        let url = "--redis-url=redis://user:hunter2@127.0.0.1:1";
        let error = settings(&[url]).check().unwrap_err().to_string();
        assert!(["KEYS", "SITES", "SERVICE_CLIENTS"].iter().all(|name| error.contains(name)), "{error}");
        assert!(!error.contains("hunter2"));
        let all = [
            url,
            "--keys=0123456789abcdef0123456789abcdef",
            "--sites=tv=0123456789abcdef,tv=fedcba9876543210",
            "--service-clients=auth-service=0123456789abcdef",
        ];
        let config = settings(&all).check().unwrap();
        assert_eq!(config.sites.as_ref().map(Vec::len), Some(2));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
