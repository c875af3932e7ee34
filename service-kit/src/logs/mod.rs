//! Logs: a person's lines in a terminal, JSON elsewhere; always on standard error, so that standard output stays free
//! for what a command has to say. Every line of a request carries its ids.
//!
//! A thread of its own writes them. Whoever reads our standard error may stall or be slow; requests go on, and lines
//! that find the queue full are dropped.

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

/// What is logged when `RUST_LOG` says nothing.
const DEFAULT_FILTER: &str = "info,sqlx=warn,sea_orm_migration=warn,tantivy=warn,actix_server=warn";
/// Lines that wait to be written at most; some 20 MB when nobody reads.
const QUEUE: usize = 65_536;

/// Keeps the log going. Dropping it writes what waits.
pub(crate) struct Logs {
    _guard: WorkerGuard,
}

/// The layer that writes lines. `RUST_LOG` chooses what is logged and never what is traced; one that cannot be read is
/// given back as an error, and the default is used. `traced` says whether spans below a request's own have ids of theirs.
pub(crate) fn layer<S>(traced: bool) -> (impl Layer<S>, Logs, Option<ParseError>)
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let wanted = if wanted.is_empty() { DEFAULT_FILTER } else { &wanted };
    let (events, complaint) = match EnvFilter::try_new(wanted) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(DEFAULT_FILTER), Some(error)),
    };
    let (writer, guard) = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(QUEUE).finish(stderr());
    let style = if stderr().is_terminal() { LogFormat::Terminal } else { LogFormat::Json };
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(style == LogFormat::Terminal)
        .fmt_fields(NoFields)
        .event_format(LineFormatter(style))
        .with_writer(writer)
        .with_filter(LogFilter { events, traced });
    (layer, Logs { _guard: guard }, complaint)
}

/// A panic is one line like any other, with the ids of its request.
pub(crate) fn watch_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let thread = std::thread::current().name().unwrap_or("?").to_owned();
        let reason = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, thread, reason, "a thread panicked");
    }));
}

/// Fields of spans are for traces; lines take their ids from elsewhere.
struct NoFields;

impl<'writer> FormatFields<'writer> for NoFields {
    fn format_fields<R: tracing_subscriber::field::RecordFields>(&self, _: Writer<'writer>, _: R) -> std::fmt::Result {
        Ok(())
    }
}
