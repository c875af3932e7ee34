//! Settings of listening and shutdown.

service_kit::server_settings! {
    prefix = "AUTH_",
    global = true,
    listen: env = "AUTH_LISTEN", default = "127.0.0.1:8001",
    workers: env = "AUTH_WORKERS",
    start_delay: env = "AUTH_START_DELAY",
    drain_timeout: env = "AUTH_DRAIN_TIMEOUT",
    shutdown_delay: env = "AUTH_SHUTDOWN_DELAY",
    cors_origins: env = "AUTH_CORS_ORIGINS",
    require_request_id: env = "AUTH_REQUIRE_REQUEST_ID",
    trace_callers: env = "AUTH_TRACE_CALLERS",
}
