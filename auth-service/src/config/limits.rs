//! Settings of rate limiting.

use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use service_kit::server::limits::{LimitsConfig, LimitsText};
use service_kit::settings::{ConfigErrors, secret};

use crate::limits::LIMITS;

/// Settings of rate limiting.
#[derive(Debug, Clone, Args)]
pub struct LimitSettings {
    /// Rate limiting: on, shadow (decides and logs rejections, but rejects no request) or off. Without limits a single
    /// client may use all capacity.
    #[arg(long, global = true, env = "AUTH_LIMITS", default_value = "on")]
    pub limits: String,
    /// File of policies (TOML) that changes limits and adds others; docs/limits.md describes it. Without it the
    /// defaults apply. An error in it stops the start.
    #[arg(long, global = true, env = "AUTH_LIMITS_FILE")]
    pub limits_file: Option<PathBuf>,
    /// Redis in which all replicas count together: redis://, rediss://, redis+sentinel:// or redis+cluster://. Without
    /// it each process counts separately, so a limit grows with the replicas; while it is unavailable each replica has
    /// its share.
    #[arg(long, global = true, env = "AUTH_REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<SecretString>,
    /// File with the Redis URL, instead of the URL itself.
    #[arg(long, global = true, env = "AUTH_REDIS_URL_FILE")]
    pub redis_url_file: Option<PathBuf>,
    /// File with the certificates (PEM) of the authorities that are trusted for Redis, instead of the public ones; for
    /// rediss:// to one server [default: public authorities]. With the wrong ones Redis is unavailable.
    #[arg(long, global = true, env = "AUTH_REDIS_CA_FILE")]
    pub redis_ca_file: Option<PathBuf>,
    /// Networks of the proxies in front of this service, such as 10.0.0.0/8,192.0.2.7 [default: none]. Too few and all
    /// clients behind a proxy share one limit; too many and clients in them may choose their address.
    #[arg(long, global = true, env = "AUTH_TRUSTED_PROXIES")]
    pub trusted_proxies: Option<String>,
    /// Header in which these proxies send the client's address: x-forwarded-for or forwarded. The wrong one may be
    /// written by clients.
    #[arg(long, global = true, env = "AUTH_CLIENT_ADDRESS_HEADER", default_value = "x-forwarded-for")]
    pub client_address_header: String,
    /// Rate limit headers of responses: draft-10 (RateLimit, RateLimit-Policy), next (the same with the names of the
    /// coming draft), x-ratelimit or none.
    #[arg(long, global = true, env = "AUTH_LIMIT_HEADERS", default_value = "draft-10")]
    pub limit_headers: String,
    /// Maximum number of open connections of one address (IPv6: of one /64) [default: 1000, at most a quarter of all].
    /// A new one above it closes the one that has waited longest for its client. Too few cut off many users behind one
    /// address; proxies of AUTH_TRUSTED_PROXIES are not counted.
    #[arg(long, global = true, env = "AUTH_CONNECTIONS_PER_ADDRESS")]
    pub connections_per_address: Option<String>,
}

impl LimitSettings {
    /// Reads the settings and the policy file.
    pub(super) fn read(&self, errors: &mut ConfigErrors) -> LimitsConfig {
        let name = "AUTH_REDIS_URL";
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
        LimitsConfig::read(&LIMITS, &text, "AUTH_", errors)
    }
}
