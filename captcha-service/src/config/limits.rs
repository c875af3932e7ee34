//! Settings of rate limits.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use service_kit::server::limits::{LimitsConfig, LimitsText};
use service_kit::settings::{ConfigErrors, secret};

use crate::limits::LIMITS;

/// Settings of rate limits.
#[derive(Debug, Clone, Args)]
pub struct LimitSettings {
    /// Rate limits: on, shadow (logs what would be rejected, rejects nothing) or off. With off a single client can use
    /// up all capacity.
    #[arg(long, global = true, env = "CAPTCHA_LIMITS", default_value = "on")]
    pub limits: String,
    /// Policy file (TOML) that changes limits and adds others; docs/limits.md describes it. Without it the defaults
    /// apply. An invalid file stops the start.
    #[arg(long, global = true, env = "CAPTCHA_LIMITS_FILE")]
    pub limits_file: Option<PathBuf>,
    /// Redis shared by all replicas for counting: redis://, rediss://, redis+sentinel:// or redis+cluster://. Without
    /// it each process counts alone, so a limit grows with the replicas; while Redis is unavailable each replica
    /// enforces its share.
    #[arg(long, global = true, env = "CAPTCHA_REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<SecretString>,
    /// File with the Redis URL, instead of the URL itself.
    #[arg(long, global = true, env = "CAPTCHA_REDIS_URL_FILE")]
    pub redis_url_file: Option<PathBuf>,
    /// CA certificates (PEM) that Redis is verified against, instead of the public ones; for rediss:// to one server
    /// [default: public authorities]. With the wrong ones Redis is unavailable.
    #[arg(long, global = true, env = "CAPTCHA_REDIS_CA_FILE")]
    pub redis_ca_file: Option<PathBuf>,
    /// Networks of the proxies in front of this service, such as 10.0.0.0/8,192.0.2.7 [default: none]. Too few: all
    /// clients behind a proxy share one limit. Too many: hosts in these networks can forge their address.
    #[arg(long, global = true, env = "CAPTCHA_TRUSTED_PROXIES")]
    pub trusted_proxies: Option<String>,
    /// Header in which these proxies pass the client address: x-forwarded-for or forwarded. With the wrong one clients
    /// can forge their address.
    #[arg(long, global = true, env = "CAPTCHA_CLIENT_ADDRESS_HEADER", default_value = "x-forwarded-for")]
    pub client_address_header: String,
    /// Response headers for limits: draft-10 (RateLimit, RateLimit-Policy), next (the same with the names of the
    /// coming draft), x-ratelimit or none.
    #[arg(long, global = true, env = "CAPTCHA_LIMIT_HEADERS", default_value = "draft-10")]
    pub limit_headers: String,
    /// Open connections per address (IPv6: per /64) [default: 1000, at most a quarter of all]. A connection above it
    /// closes the one that has been idle longest. Too few cut off crowds behind one address; proxies of
    /// CAPTCHA_TRUSTED_PROXIES are not counted.
    #[arg(long, global = true, env = "CAPTCHA_CONNECTIONS_PER_ADDRESS")]
    pub connections_per_address: Option<String>,
}

impl LimitSettings {
    /// Reads the settings and the policy file.
    pub(super) fn read(&self, errors: &mut ConfigErrors) -> LimitsConfig {
        let name = "CAPTCHA_REDIS_URL";
        let redis_url = secret(name, self.redis_url.clone(), self.redis_url_file.as_deref());
        let text = LimitsText {
            limits: Some(&self.limits),
            file: self.limits_file.as_deref(),
            redis_url: errors.take(name, redis_url, None),
            redis_ca_file: self.redis_ca_file.as_deref(),
            trusted_proxies: self.trusted_proxies.as_deref(),
            client_address_header: Some(&self.client_address_header),
            headers: Some(&self.limit_headers),
            connections_per_address: self.connections_per_address.as_deref(),
        };
        LimitsConfig::read(&LIMITS, &text, "CAPTCHA_", errors)
    }
}
