//! Traces: one per request, through all services, under one id.
//!
//! A request's span is started by the request middleware (`server`); calls to other services (`client`), SQL statements
//! (`sql`) and functions with [`#[trace]`](crate::trace) are its descendants. Spans go to a collector by OTLP over HTTP
//! through a bounded queue (`queue`); no request waits for it. Without an endpoint nothing is recorded, but ids are
//! still propagated and logged (`request_context`).

pub(crate) mod client;
mod headers;
pub mod outcome;
mod queue;
pub(crate) mod request_context;
mod resource;
mod sampling;
pub(crate) mod server;
mod settings;
pub(crate) mod span_counters;
pub(crate) mod sql;
mod start;
mod unsupported;

use std::sync::OnceLock;

use opentelemetry_sdk::trace::SdkTracer;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

pub use sampling::TraceTrust;
pub use settings::TelemetrySettings;
pub use span_counters::Counts;
pub use start::{Telemetry, init, init_several};

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Tracer for spans that are started and ended manually.
fn tracer() -> Option<&'static SdkTracer> {
    TRACER.get()
}

/// Sets an attribute on the span of the current request. Values are public constants such as a mode or a state, never
/// user input.
pub fn set_attribute(key: &'static str, value: &'static str) {
    Span::current().set_attribute(key, value);
}

/// Label of all unknown methods.
pub(crate) const OTHER_METHOD: &str = "_OTHER";

/// Method as a label of metrics and spans; unknown ones share a label, so that clients cannot create new ones.
pub(crate) fn method_label(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or(OTHER_METHOD)
}
