//! Settings of a server, and their command line, the same for each service but for the names of its variables.

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

/// Defines `ServerArgs`, a group of clap arguments, and its `read`, which checks them. The names of the variables are
/// spelled out, so that a search for one finds the service that reads it.
#[macro_export]
macro_rules! server_settings {
    (
        prefix = $prefix:literal,
        global = $global:literal,
        listen: env = $listen:literal, default = $address:expr,
        workers: env = $workers:literal,
        start_delay: env = $start_delay:literal,
        drain_timeout: env = $drain_timeout:literal,
        shutdown_delay: env = $shutdown_delay:literal,
        cors_origins: env = $cors_origins:literal,
        require_request_id: env = $require_request_id:literal,
        trace_callers: env = $trace_callers:literal $(,)?
    ) => {
        /// Settings of listening and shutdown.
        #[derive(Debug, Clone, ::clap::Args)]
        pub struct ServerArgs {
            /// Address and port to listen on; port 0 takes a free one. 0.0.0.0 exposes the service to the whole network.
            #[arg(long, global = $global, env = $listen, default_value = $address)]
            pub listen: String,
            /// Threads that serve requests, 1 to 1024 [default: one per core].
            #[arg(long, global = $global, env = $workers)]
            pub workers: Option<String>,
            /// Maximum time at the start without listening, until /readyz would succeed. Behind a proxy that does not
            /// check /readyz, a value above the start-up time keeps requests from a replica that is still loading: its
            /// connections are refused and the proxy uses another replica.
            #[arg(long, global = $global, env = $start_delay, default_value = "0s")]
            pub start_delay: String,
            /// Maximum time for requests in progress after the stop.
            #[arg(long, global = $global, env = $drain_timeout, default_value = "10s")]
            pub drain_timeout: String,
            /// Time for which connections are accepted after /readyz begins to fail. Behind a load balancer a few
            /// seconds avoid refused connections.
            #[arg(long, global = $global, env = $shutdown_delay, default_value = "0s")]
            pub shutdown_delay: String,
            /// Origins of browser apps that may call this service, by commas, each as browsers write it:
            /// https://tv.example.org, no path, no wildcard [default: none]. null stands for pages from files, and for
            /// sandboxed frames of every site.
            #[arg(long, global = $global, env = $cors_origins)]
            pub cors_origins: Option<String>,
            /// Reject requests without a well-formed X-Request-Id: true or false [default: false]. For services that
            /// are only called by other services; browsers and TVs send none.
            #[arg(long, global = $global, env = $require_request_id)]
            pub require_request_id: Option<String>,
            /// Handling of callers' traceparent: trust (their trace and their sampling decision), resample (their
            /// trace; sampling is decided here), restart (a new trace with a link to theirs). With trust, any client
            /// of this service can have all requests recorded.
            #[arg(long, global = $global, env = $trace_callers, default_value = "resample")]
            pub trace_callers: String,
        }

        impl ServerArgs {
            /// Reads the settings; the bounds of connections are those of `limits`.
            pub(super) fn read(
                &self,
                limits: &$crate::server::limits::LimitsConfig,
                errors: &mut $crate::settings::ConfigErrors,
            ) -> $crate::server::ServerSettings {
                let text = $crate::server::ServerText {
                    listen: &self.listen,
                    workers: self.workers.as_deref(),
                    start_delay: &self.start_delay,
                    drain_timeout: &self.drain_timeout,
                    shutdown_delay: &self.shutdown_delay,
                    cors_origins: self.cors_origins.as_deref(),
                    require_request_id: self.require_request_id.as_deref(),
                    trace_callers: Some(&self.trace_callers),
                };
                let mut server = $crate::server::ServerSettings::read(&text, $prefix, errors);
                server.connections = limits.connections.clone();
                server
            }
        }
    };
}
