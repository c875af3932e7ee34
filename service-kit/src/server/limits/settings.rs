//! Command line of rate limiting, the same for each service but for the names of its variables.

/// Defines `LimitSettings`, a group of clap arguments, and its `read`, which checks them against `table`. The names of
/// the variables are spelled out, so that a search for one finds the service that reads it.
#[macro_export]
macro_rules! limit_settings {
    (
        table = $table:expr,
        prefix = $prefix:literal,
        global = $global:literal,
        limits: env = $limits:literal,
        limits_file: env = $limits_file:literal,
        redis_url: env = $redis_url:literal,
        redis_url_file: env = $redis_url_file:literal,
        redis_ca_file: env = $redis_ca_file:literal,
        trusted_proxies: env = $trusted_proxies:literal,
        client_address_header: env = $client_address_header:literal,
        limit_headers: env = $limit_headers:literal,
        connections_per_address: env = $connections_per_address:literal $(,)?
    ) => {
        /// Settings of rate limiting.
        #[derive(Debug, Clone, ::clap::Args)]
        pub struct LimitSettings {
            /// Rate limiting: on, shadow (decides and logs rejections, but rejects no request) or off. Without limits a
            /// single client may use all capacity.
            #[arg(long, global = $global, env = $limits, default_value = "on")]
            pub limits: String,
            /// File of policies (TOML) that changes limits and adds others; docs/limits.md describes it. Without it the
            /// defaults apply. An error in it stops the start.
            #[arg(long, global = $global, env = $limits_file)]
            pub limits_file: Option<::std::path::PathBuf>,
            /// Redis in which all replicas count together: redis://, rediss://, redis+sentinel:// or redis+cluster://.
            /// Without it each process counts separately, so a limit grows with the replicas; while it is unavailable
            /// each replica has its share.
            #[arg(long, global = $global, env = $redis_url, hide_env_values = true)]
            pub redis_url: Option<::secrecy::SecretString>,
            /// File with the Redis URL, instead of the URL itself.
            #[arg(long, global = $global, env = $redis_url_file)]
            pub redis_url_file: Option<::std::path::PathBuf>,
            /// File with the certificates (PEM) of the authorities that are trusted for Redis, instead of the public
            /// ones; for rediss:// to one server [default: public authorities]. With the wrong ones Redis is
            /// unavailable.
            #[arg(long, global = $global, env = $redis_ca_file)]
            pub redis_ca_file: Option<::std::path::PathBuf>,
            /// Networks of the proxies in front of this service, such as 10.0.0.0/8,192.0.2.7 [default: none]. Too few
            /// and all clients behind a proxy share one limit; too many and clients in them may choose their address.
            #[arg(long, global = $global, env = $trusted_proxies)]
            pub trusted_proxies: Option<String>,
            /// Header in which these proxies send the client's address: x-forwarded-for or forwarded. The wrong one may
            /// be written by clients.
            #[arg(long, global = $global, env = $client_address_header, default_value = "x-forwarded-for")]
            pub client_address_header: String,
            /// Rate limit headers of responses: draft-10 (RateLimit, RateLimit-Policy), next (the same with the names
            /// of the coming draft), x-ratelimit or none.
            #[arg(long, global = $global, env = $limit_headers, default_value = "draft-10")]
            pub limit_headers: String,
            /// Maximum number of open connections of one address (IPv6: of one /64) [default: 1000, at most a quarter
            /// of all]. A new one above it closes the one that has waited longest for its client. Too few cut off many
            /// users behind one address; trusted proxies are not counted.
            #[arg(long, global = $global, env = $connections_per_address)]
            pub connections_per_address: Option<String>,
        }

        impl LimitSettings {
            /// Reads the settings and the policy file.
            pub(super) fn read(
                &self,
                errors: &mut $crate::settings::ConfigErrors,
            ) -> $crate::server::limits::LimitsConfig {
                let text = $crate::server::limits::LimitsText {
                    limits: Some(&self.limits),
                    file: self.limits_file.as_deref(),
                    redis_url: errors.secret($redis_url, self.redis_url.as_ref(), self.redis_url_file.as_deref()),
                    redis_ca_file: self.redis_ca_file.as_deref(),
                    trusted_proxies: self.trusted_proxies.as_deref(),
                    client_address_header: Some(&self.client_address_header),
                    headers: Some(&self.limit_headers),
                    connections_per_address: self.connections_per_address.as_deref(),
                };
                $crate::server::limits::LimitsConfig::read(&$table, &text, $prefix, errors)
            }
        }
    };
}
