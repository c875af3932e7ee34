//! Logs: a person's lines in a terminal, JSON elsewhere; always on standard error, so that standard output stays free
//! for what a command has to say.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// What is logged when `RUST_LOG` says nothing.
const DEFAULT_FILTER: &str = "info,sqlx=warn,sea_orm_migration=warn,tantivy=warn,actix_server=warn";

/// Starts logging for this process. `RUST_LOG` chooses what; a filter that cannot be read is reported and the default
/// is used.
pub fn init() {
    let wanted = std::env::var("RUST_LOG").unwrap_or_default();
    let wanted = if wanted.is_empty() { DEFAULT_FILTER } else { &wanted };
    let (filter, complaint) = match EnvFilter::try_new(wanted) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(DEFAULT_FILTER), Some(error)),
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    if stderr().is_terminal() {
        logs.compact().with_target(false).finish().init();
    } else {
        logs.json().flatten_event(true).with_current_span(true).with_span_list(false).finish().init();
    }
    if let Some(error) = complaint {
        tracing::warn!(%error, "RUST_LOG could not be read; the default is used");
    }
}
