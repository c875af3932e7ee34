//! Settings of listening and shutdown.

service_kit::server_settings! {
    prefix = "CAPTCHA_",
    global = true,
    listen: env = "CAPTCHA_LISTEN", default = "127.0.0.1:8003",
    workers: env = "CAPTCHA_WORKERS",
    start_delay: env = "CAPTCHA_START_DELAY",
    drain_timeout: env = "CAPTCHA_DRAIN_TIMEOUT",
    shutdown_delay: env = "CAPTCHA_SHUTDOWN_DELAY",
    cors_origins: env = "CAPTCHA_CORS_ORIGINS",
    require_request_id: env = "CAPTCHA_REQUIRE_REQUEST_ID",
    trace_callers: env = "CAPTCHA_TRACE_CALLERS",
}
