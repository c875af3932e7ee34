//! Layer 2: traces (one per request, through all services, under one id), logs, and the recorder of metrics.
//!
//! A request's span (`request_span`) is started by the server; calls to other services, SQL statements and functions
//! with [`#[trace]`](macro@crate::trace) are its descendants. Spans go to a collector by OTLP over HTTP through a bounded
//! queue (`queue`); no request waits for it. Without an endpoint nothing is recorded, but ids are still propagated and
//! logged (`request_context`).

pub(crate) mod headers;
mod logs;
pub mod metrics;
pub mod outcome;
mod queue;
pub(crate) mod request_context;
pub(crate) mod request_span;
mod resource;
mod sampling;
mod settings;
mod span_counters;
mod start;
pub(crate) mod trust;
mod unsupported;

use std::sync::OnceLock;

use opentelemetry_sdk::trace::SdkTracer;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

pub use settings::TelemetrySettings;
pub use span_counters::Counts;
pub(crate) use start::STATE_TARGET;
pub use start::{Telemetry, init, init_several};
pub use trust::TraceTrust;

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Tracer for spans that are started and ended manually.
pub(crate) fn tracer() -> Option<&'static SdkTracer> {
    TRACER.get()
}

/// Sets an attribute on the span of the current request. Values are public constants such as a mode or a state, never
/// user input.
pub fn set_attribute(key: &'static str, value: &'static str) {
    Span::current().set_attribute(key, value);
}
