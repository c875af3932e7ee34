//! Time limits of SQL, for requests and for background work.

use std::time::Duration;

/// Time limits of a pool and its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Maximum wait for a free connection, or for a new one to be made.
    pub acquire: Duration,
    /// Maximum wait for a lock that another writer holds: SQLite's busy timeout, PostgreSQL's `lock_timeout`.
    pub lock: Duration,
    /// Maximum time of one statement outside of a transaction, the wait for its connection included.
    pub statement: Duration,
    /// Maximum time of a transaction with all its retries.
    pub transaction: Duration,
}

impl Bounds {
    /// For requests. The shortest deadline of an endpoint that uses SQL is 2 s, so every statement has ended, or has
    /// been cancelled and rolled back, while the client still waits.
    pub const REQUESTS: Self = Self {
        acquire: Duration::from_secs(1),
        lock: Duration::from_secs(1),
        statement: Duration::from_millis(1500),
        transaction: Duration::from_millis(1800),
    };

    /// For imports, migrations and maintenance, which have no waiting client.
    pub const BATCH: Self = Self {
        acquire: Duration::from_secs(10),
        lock: Duration::from_secs(10),
        statement: Duration::from_secs(60),
        transaction: Duration::from_secs(600),
    };
}
