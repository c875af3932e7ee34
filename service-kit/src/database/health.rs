//! Write health of a database: derived from writes only, never from reads.

use std::error::Error;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::DbErr;

use super::metrics;

/// Minimum interval between warnings of one process: a disk that fails every other write would fill the log.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// Outcome of the last write. Read by status, metrics, pool and write probe.
#[derive(Debug)]
pub(super) struct WriteHealth {
    /// Name of the database: a label of metrics.
    name: OnceLock<&'static str>,
    refused: AtomicBool,
    /// `true` once there was a connection.
    connected: AtomicBool,
    /// `true` when it was refused because the file, or the connection to it, is read-only.
    read_only: AtomicBool,
    /// `true` while a warning was logged and no recovery yet.
    warning_logged: AtomicBool,
    started: Instant,
    /// Milliseconds since `started` plus one; 0 before the first warning.
    warned: AtomicU64,
    /// The same, for the last recovery from a read-only file.
    recovered: AtomicU64,
}

impl WriteHealth {
    pub(super) fn new() -> Self {
        Self {
            name: OnceLock::new(),
            refused: AtomicBool::new(false),
            connected: AtomicBool::new(false),
            read_only: AtomicBool::new(false),
            warning_logged: AtomicBool::new(false),
            started: Instant::now(),
            warned: AtomicU64::new(0),
            recovered: AtomicU64::new(0),
        }
    }

    pub(super) fn name(&self, name: &'static str) {
        if self.name.set(name).is_ok() {
            metrics::set_writable(name, true);
        }
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// `true` when a connection of this age may be used. Connections made while the disk was read-only stay read-only,
    /// so none is reused while writes are refused for that reason, nor any from before the recovery.
    pub(super) fn trusts(&self, age: Duration) -> bool {
        let recovered = self.recovered.load(Ordering::Relaxed);
        let made_at = self.now().saturating_sub(millis(age));
        !self.read_only.load(Ordering::Relaxed) && (recovered == 0 || made_at > recovered)
    }

    /// Records a new connection that can write.
    pub(super) fn connected(&self) {
        self.connected.store(true, Ordering::Relaxed);
    }

    /// `true` when there is no connection that could be used: the next statement needs a new one.
    pub(super) fn needs_connection(&self) -> bool {
        self.read_only.load(Ordering::Relaxed) || !self.connected.load(Ordering::Relaxed)
    }

    /// Records a committed transaction.
    pub(super) fn committed(&self) {
        if self.is_refused() && self.refused.swap(false, Ordering::Relaxed) {
            if self.read_only.swap(false, Ordering::Relaxed) {
                self.recovered.store(self.now(), Ordering::Relaxed);
            }
            metrics::set_writable(self.label(), true);
            if self.warning_logged.swap(false, Ordering::Relaxed) {
                tracing::info!(database = self.label(), "the database takes writes again");
            }
        }
    }

    /// Records a failed write because the database is unavailable for writes.
    pub(super) fn failed(&self, error: &(dyn Error + 'static)) {
        if is_read_only(error) {
            self.read_only.store(true, Ordering::Relaxed);
        }
        metrics::record_refused_write(self.label());
        metrics::set_writable(self.label(), false);
        self.refused.store(true, Ordering::Relaxed);
        if self.may_warn() {
            self.warning_logged.store(true, Ordering::Relaxed);
            tracing::warn!(
                error,
                database = self.label(),
                "the database takes no writes; they are answered 503 until it does"
            );
        }
    }

    fn label(&self) -> &'static str {
        self.name.get().copied().unwrap_or_default()
    }

    fn now(&self) -> u64 {
        millis(self.started.elapsed()) + 1
    }

    fn may_warn(&self) -> bool {
        let (now, warned) = (self.now(), self.warned.load(Ordering::Relaxed));
        let quiet = warned == 0 || now.saturating_sub(warned) >= millis(WARNING_INTERVAL);
        quiet && self.warned.compare_exchange(warned, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// `true` when the first SQL error among the causes is SQLITE_READONLY.
fn is_read_only(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(sql) = error.downcast_ref::<DbErr>() {
            return super::error::is_read_only(sql);
        }
        cause = error.source();
    }
    false
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 2)
}
