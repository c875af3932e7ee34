//! Settings of a server.

use std::net::SocketAddr;
use std::time::Duration;

use super::origins::AllowedOrigins;
use super::transport::descriptors::ConnectionLimits;
use crate::base::settings::ConfigErrors;
use crate::telemetry::TraceTrust;

/// Settings of listening and shutdown.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Worker threads.
    pub workers: usize,
    /// Maximum time before listening while not ready: for proxies that do not poll `/readyz` and use another replica
    /// when connections are refused. Zero listens at once.
    pub start_delay: Duration,
    /// Maximum time for requests in progress after the stop.
    pub drain_timeout: Duration,
    /// Time for which it keeps accepting while `/readyz` already fails, so that load balancers can take it out of
    /// rotation.
    pub shutdown_delay: Duration,
    /// Limits on open connections.
    pub connections: ConnectionLimits,
    /// Origins of browser apps that may call the service.
    pub cors_origins: AllowedOrigins,
    /// Checks applied to each request before routing.
    pub rules: RequestRules,
}

impl ServerSettings {
    /// Settings for `listen`: one worker per core, ten seconds to drain.
    pub fn new(listen: SocketAddr) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            listen,
            workers,
            start_delay: Duration::ZERO,
            drain_timeout: Duration::from_secs(10),
            shutdown_delay: Duration::ZERO,
            connections: ConnectionLimits::default(),
            cors_origins: AllowedOrigins::default(),
            rules: RequestRules::default(),
        }
    }

    /// Reads settings; `prefix` is that of the service's variables, such as `AUTH_`. Errors are added to `errors`.
    pub fn read(text: &ServerText<'_>, prefix: &str, errors: &mut ConfigErrors) -> Self {
        let mut server = Self::new(errors.address(&format!("{prefix}LISTEN"), text.listen));
        let hour = Duration::from_secs(3600);
        if let Some(workers) = text.workers.filter(|workers| !workers.is_empty()) {
            server.workers = errors.number(&format!("{prefix}WORKERS"), workers, (1, 1024));
        }
        server.start_delay = errors.duration(&format!("{prefix}START_DELAY"), text.start_delay, Duration::ZERO, hour);
        server.drain_timeout =
            errors.duration(&format!("{prefix}DRAIN_TIMEOUT"), text.drain_timeout, Duration::ZERO, hour);
        server.shutdown_delay =
            errors.duration(&format!("{prefix}SHUTDOWN_DELAY"), text.shutdown_delay, Duration::ZERO, hour);
        let cors_origins = AllowedOrigins::parse(text.cors_origins.unwrap_or_default());
        server.cors_origins = errors.take(&format!("{prefix}CORS_ORIGINS"), cors_origins, AllowedOrigins::default());
        let name = format!("{prefix}REQUIRE_REQUEST_ID");
        server.rules.require_request_id = errors.flag(&name, text.require_request_id, false);
        let trust =
            [("trust", TraceTrust::Trust), ("resample", TraceTrust::Resample), ("restart", TraceTrust::Restart)];
        let name = format!("{prefix}TRACE_CALLERS");
        server.rules.trace_trust = errors.one_of(&name, text.trace_callers, &trust, TraceTrust::default());
        server
    }
}

/// Checks applied to every request first.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestRules {
    /// Rejects requests without a well-formed id; for servers that only other services call.
    pub require_request_id: bool,
    /// Trust in the trace context of callers.
    pub trace_trust: TraceTrust,
}

/// [`ServerSettings`] as text.
#[derive(Debug, Clone, Copy)]
pub struct ServerText<'a> {
    /// Address and port.
    pub listen: &'a str,
    /// Worker threads.
    pub workers: Option<&'a str>,
    /// Maximum time before listening while not ready.
    pub start_delay: &'a str,
    /// Maximum time for requests in progress.
    pub drain_timeout: &'a str,
    /// Time to keep accepting after the stop.
    pub shutdown_delay: &'a str,
    /// Origins of browser apps that may call the service.
    pub cors_origins: Option<&'a str>,
    /// Rejection of requests without an id.
    pub require_request_id: Option<&'a str>,
    /// Trust in the trace context of callers.
    pub trace_callers: Option<&'a str>,
}
