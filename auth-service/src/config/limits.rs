//! Settings of rate limiting.

use crate::limits::LIMITS;

service_kit::limit_settings! {
    table = LIMITS,
    prefix = "AUTH_",
    global = true,
    limits: env = "AUTH_LIMITS",
    limits_file: env = "AUTH_LIMITS_FILE",
    redis_url: env = "AUTH_REDIS_URL",
    redis_url_file: env = "AUTH_REDIS_URL_FILE",
    redis_ca_file: env = "AUTH_REDIS_CA_FILE",
    trusted_proxies: env = "AUTH_TRUSTED_PROXIES",
    client_address_header: env = "AUTH_CLIENT_ADDRESS_HEADER",
    limit_headers: env = "AUTH_LIMIT_HEADERS",
    connections_per_address: env = "AUTH_CONNECTIONS_PER_ADDRESS",
}
