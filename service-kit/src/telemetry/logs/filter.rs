//! Log filter: events by `RUST_LOG`, spans as needed for the ids of lines. `RUST_LOG=warn` must not remove the ids from
//! warnings.

use tracing::subscriber::Interest;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Filter};

use crate::telemetry::request_span::{PROBE, REQUEST};

/// Target of errors that `#[trace]` marks on spans: they are logged once, where they become a response.
const TRACE_TARGET: &str = "trace";

pub(super) struct LogFilter {
    pub events: EnvFilter,
    pub traced: bool,
}

impl LogFilter {
    fn wants_span(&self, meta: &Metadata<'_>) -> bool {
        matches!(meta.name(), REQUEST | PROBE) || (self.traced && *meta.level() <= Level::INFO)
    }
}

impl<S> Filter<S> for LogFilter
where
    EnvFilter: Filter<S>,
{
    fn enabled(&self, meta: &Metadata<'_>, cx: &Context<'_, S>) -> bool {
        if meta.is_span() {
            return self.wants_span(meta);
        }
        meta.target() != TRACE_TARGET && Filter::enabled(&self.events, meta, cx)
    }

    fn callsite_enabled(&self, meta: &'static Metadata<'static>) -> Interest {
        if meta.is_span() {
            return if self.wants_span(meta) { Interest::always() } else { Interest::never() };
        }
        if meta.target() == TRACE_TARGET { Interest::never() } else { Filter::callsite_enabled(&self.events, meta) }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Filter::max_level_hint(&self.events).map(|hint| hint.max(LevelFilter::INFO))
    }
}
