//! Layer 5: everything that serves requests. In the order in which a request meets it: `transport` (connections), `span`
//! (request id and trace), `request_middleware` (panics and errors to problems, CORS, the log line),
//! [`limits`], [`authorization`], `endpoint` (typed inputs and successes, mounted by [`Routes`](routes::Routes)), [`pages`] for
//! browsers; and the life cycle: bind, listen when ready, serve, drain.

pub mod authorization;
mod cors;
mod deprecation;
pub mod documents;
pub(crate) mod endpoint;
mod health;
pub mod healthcheck;
pub mod limits;
mod method;
mod metrics;
mod mounted;
mod origins;
pub mod pages;
pub(crate) mod preconditions;
pub(crate) mod readiness;
mod redirects;
mod request_middleware;
mod route;
pub(crate) mod routes;
mod run;
mod settings;
mod signals;
mod span;
mod transport;

pub use origins::{AllowedOrigins, OriginSource};
#[cfg(any(test, feature = "testing"))]
pub(crate) use run::application;
pub use run::{RunningServer, start};
pub use settings::{RequestRules, ServerSettings, ServerText};
pub use signals::{listen_for_signals, stop_requested};
pub use transport::descriptors::ConnectionLimits;
