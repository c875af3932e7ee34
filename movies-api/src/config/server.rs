//! Settings of listening and shutdown.

use super::LISTEN;

service_kit::server_settings! {
    prefix = "MOVIES_",
    global = false,
    listen: env = "MOVIES_LISTEN", default = LISTEN,
    workers: env = "MOVIES_WORKERS",
    start_delay: env = "MOVIES_START_DELAY",
    drain_timeout: env = "MOVIES_DRAIN_TIMEOUT",
    shutdown_delay: env = "MOVIES_SHUTDOWN_DELAY",
    cors_origins: env = "MOVIES_CORS_ORIGINS",
    require_request_id: env = "MOVIES_REQUIRE_REQUEST_ID",
    trace_callers: env = "MOVIES_TRACE_CALLERS",
}
