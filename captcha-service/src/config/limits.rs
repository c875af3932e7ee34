//! Settings of rate limiting.

use crate::limits::LIMITS;

service_kit::limit_settings! {
    table = LIMITS,
    prefix = "CAPTCHA_",
    global = true,
    limits: env = "CAPTCHA_LIMITS",
    limits_file: env = "CAPTCHA_LIMITS_FILE",
    redis_url: env = "CAPTCHA_REDIS_URL",
    redis_url_file: env = "CAPTCHA_REDIS_URL_FILE",
    redis_ca_file: env = "CAPTCHA_REDIS_CA_FILE",
    trusted_proxies: env = "CAPTCHA_TRUSTED_PROXIES",
    client_address_header: env = "CAPTCHA_CLIENT_ADDRESS_HEADER",
    limit_headers: env = "CAPTCHA_LIMIT_HEADERS",
    connections_per_address: env = "CAPTCHA_CONNECTIONS_PER_ADDRESS",
}
