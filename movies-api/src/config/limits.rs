//! Settings of rate limiting.

use crate::limits::LIMITS;

service_kit::limit_settings! {
    table = LIMITS,
    prefix = "MOVIES_",
    global = false,
    limits: env = "MOVIES_LIMITS",
    limits_file: env = "MOVIES_LIMITS_FILE",
    redis_url: env = "MOVIES_REDIS_URL",
    redis_url_file: env = "MOVIES_REDIS_URL_FILE",
    redis_ca_file: env = "MOVIES_REDIS_CA_FILE",
    trusted_proxies: env = "MOVIES_TRUSTED_PROXIES",
    client_address_header: env = "MOVIES_CLIENT_ADDRESS_HEADER",
    limit_headers: env = "MOVIES_LIMIT_HEADERS",
    connections_per_address: env = "MOVIES_CONNECTIONS_PER_ADDRESS",
}
