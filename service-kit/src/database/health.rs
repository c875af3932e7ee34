//! Whether writes are made: known from writes, never from reads.

use std::error::Error;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use metrics::{counter, gauge};
use sea_orm::{DbErr, RuntimeErr};

/// Between two warnings of one process at least: a disk that takes one write in two would fill the log.
const QUIET: Duration = Duration::from_secs(60);

/// What the last write came to. Read by the status, by metrics, by the pool and by the task that tries to write again.
#[derive(Debug)]
pub(super) struct WriteHealth {
    /// What the database is for: a label of metrics.
    name: OnceLock<&'static str>,
    refused: AtomicBool,
    /// Whether it was refused because the file, or the connection to it, is read-only.
    read_only: AtomicBool,
    /// Whether a warning stands that has not been taken back.
    announced: AtomicBool,
    started: Instant,
    /// Milliseconds after `started`, plus one; 0 before the first time.
    warned: AtomicU64,
    /// The same, when writes were last made again after the file had been read-only.
    recovered: AtomicU64,
}

impl WriteHealth {
    pub(super) fn new() -> Self {
        Self {
            name: OnceLock::new(),
            refused: AtomicBool::new(false),
            read_only: AtomicBool::new(false),
            announced: AtomicBool::new(false),
            started: Instant::now(),
            warned: AtomicU64::new(0),
            recovered: AtomicU64::new(0),
        }
    }

    pub(super) fn name(&self, name: &'static str) {
        if self.name.set(name).is_ok() {
            gauge!("storage.writable", "database" => name).set(1.0);
        }
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// Whether a connection of this age may be used. One that was made while the disk was read-only stays read-only, so none
    /// is used again while writes are refused for that reason, nor any from before they were made again.
    pub(super) fn trusts(&self, age: Duration) -> bool {
        let recovered = self.recovered.load(Ordering::Relaxed);
        let made_at = self.now().saturating_sub(millis(age));
        !self.read_only.load(Ordering::Relaxed) && (recovered == 0 || made_at > recovered)
    }

    /// A transaction was committed.
    pub(super) fn committed(&self) {
        if self.is_refused() && self.refused.swap(false, Ordering::Relaxed) {
            if self.read_only.swap(false, Ordering::Relaxed) {
                self.recovered.store(self.now(), Ordering::Relaxed);
            }
            gauge!("storage.writable", "database" => self.label()).set(1.0);
            if self.announced.swap(false, Ordering::Relaxed) {
                tracing::info!(database = self.label(), "the database takes writes again");
            }
        }
    }

    /// A write was given up because the database is unavailable for it.
    pub(super) fn failed(&self, error: &(dyn Error + 'static)) {
        if is_read_only(error) {
            self.read_only.store(true, Ordering::Relaxed);
        }
        counter!("storage.writes_refused", "database" => self.label()).increment(1);
        gauge!("storage.writable", "database" => self.label()).set(0.0);
        self.refused.store(true, Ordering::Relaxed);
        if self.may_warn() {
            self.announced.store(true, Ordering::Relaxed);
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
        let quiet = warned == 0 || now.saturating_sub(warned) >= millis(QUIET);
        quiet && self.warned.compare_exchange(warned, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// Whether SQLITE_READONLY is among the causes (the low byte of its extended codes is 8).
fn is_read_only(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(
            DbErr::Exec(RuntimeErr::SqlxError(source))
            | DbErr::Query(RuntimeErr::SqlxError(source))
            | DbErr::Conn(RuntimeErr::SqlxError(source)),
        ) = error.downcast_ref::<DbErr>()
        {
            let code = source.as_database_error().and_then(|database| database.code());
            return code
                .and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| code < 10_000 && code & 0xff == 8);
        }
        cause = error.source();
    }
    false
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 2)
}
