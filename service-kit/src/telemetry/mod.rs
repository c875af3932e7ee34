//! Traces: one for each request, through every service that it meets, under one id.
//!
//! A request's span begins in the frame (`server`), calls to other services (`client`) and SQL statements (`sql`)
//! hang below it, and so does every function with [`#[trace]`](crate::trace). Spans go to a collector by OTLP over HTTP
//! through a bounded queue (`queue`); nobody ever waits for it. Without an endpoint nothing is recorded, and ids are
//! still handed on and logged (`scope`).

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

/// Who makes spans that are begun and ended by hand.
fn tracer() -> Option<&'static SdkTracer> {
    TRACER.get()
}

/// Notes a fact about the request being served on its span. Facts are public words such as a mode or a state, never
/// what people typed.
pub fn set_attribute(key: &'static str, value: &'static str) {
    Span::current().set_attribute(key, value);
}

/// What stands for all methods that are not known.
pub(crate) const OTHER_METHOD: &str = "_OTHER";

/// The methods that metrics and spans name; everything else is one word, so that nobody can invent more.
pub(crate) fn method_word(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or(OTHER_METHOD)
}
