//! Logs: readable lines on a terminal, otherwise JSON; always on standard error, so that standard output is free for
//! results of commands. Every line of a request has its ids.
//!
//! A separate thread writes them. If the reader of standard error stalls, requests continue, and lines that find the
//! queue full are dropped.

mod filter;
mod line;

use std::io::{IsTerminal, stderr};

use tracing::Subscriber;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer};

use filter::LogFilter;
use line::{LineFormatter, LogFormat};

/// Filter when `RUST_LOG` is unset.
const DEFAULT_FILTER: &str = "info,sqlx=warn,sea_orm_migration=warn,tantivy=warn,actix_server=warn";
/// Maximum number of queued lines; about 20 MB when the reader stalls.
const QUEUE: usize = 65_536;

/// Guard of the log. Dropping it writes the queued lines.
pub(crate) struct Logs {
    _guard: WorkerGuard,
}

/// Layer that writes lines. `RUST_LOG` filters the log but never traces; if it is invalid, its error is returned and
/// the default used. `traced`: spans below a request's own have ids.
#[expect(clippy::disallowed_methods, reason = "RUST_LOG is read before settings, whose errors are logged")]
pub(crate) fn layer<S>(traced: bool) -> (impl Layer<S>, Logs, Option<ParseError>)
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let filter = std::env::var("RUST_LOG").unwrap_or_default();
    let filter = if filter.is_empty() { DEFAULT_FILTER } else { &filter };
    let (events, error) = match EnvFilter::try_new(filter) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(DEFAULT_FILTER), Some(error)),
    };
    let (writer, guard) = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(QUEUE).finish(stderr());
    let format = if stderr().is_terminal() { LogFormat::Terminal } else { LogFormat::Json };
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(format == LogFormat::Terminal)
        .fmt_fields(NoFields)
        .event_format(LineFormatter(format))
        .with_writer(writer)
        .with_filter(LogFilter { events, traced });
    (layer, Logs { _guard: guard }, error)
}

/// Logs panics as one line each, with the ids of their request.
pub(crate) fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let thread = std::thread::current().name().unwrap_or("?").to_owned();
        let reason = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, thread, reason, "a thread panicked");
    }));
}

/// Discards fields of spans: they are for traces only, and lines take their ids from the request context.
struct NoFields;

impl<'writer> FormatFields<'writer> for NoFields {
    fn format_fields<R: tracing_subscriber::field::RecordFields>(&self, _: Writer<'writer>, _: R) -> std::fmt::Result {
        Ok(())
    }
}
