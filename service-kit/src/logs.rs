//! Logs: a person's lines in a terminal, JSON elsewhere; always on standard error, so that standard output stays free
//! for what a command has to say.
//!
//! A thread of its own writes them. Whoever reads our standard error may stall or be slow; requests go on, and lines
//! that find the queue full are dropped.

use std::io::{IsTerminal, stderr};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// What is logged when `RUST_LOG` says nothing.
const DEFAULT_FILTER: &str = "info,sqlx=warn,sea_orm_migration=warn,tantivy=warn,actix_server=warn";
/// Lines that wait to be written at most; some 20 MB when nobody reads.
const QUEUE: usize = 65_536;

/// Keeps the log going. Dropping it writes what waits, so hold it until the end of `main`.
#[must_use]
pub struct Logs {
    _guard: WorkerGuard,
}

/// Starts logging for this process. `RUST_LOG` chooses what; a filter that cannot be read is reported and the default
/// is used.
pub fn init() -> Logs {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let wanted = if wanted.is_empty() { DEFAULT_FILTER } else { &wanted };
    let (filter, complaint) = match EnvFilter::try_new(wanted) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(DEFAULT_FILTER), Some(error)),
    };
    let (writer, guard) = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(QUEUE).finish(stderr());
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    if stderr().is_terminal() {
        logs.compact().with_target(false).finish().init();
    } else {
        logs.json().flatten_event(true).with_current_span(true).with_span_list(false).finish().init();
    }
    if let Some(error) = complaint {
        tracing::warn!(%error, "RUST_LOG could not be read; the default is used");
    }
    Logs { _guard: guard }
}
