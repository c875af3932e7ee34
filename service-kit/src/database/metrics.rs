//! Metrics of databases: durations of statements, and whether writes are taken.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const QUERY_DURATION: &str = "db.client.operation.duration";

/// Describes the metrics of this layer.
pub(crate) fn describe() {
    describe_histogram!(QUERY_DURATION, Unit::Seconds, "SQL statements.");
    describe_gauge!("storage.writable", "1 while a database takes writes, known from the last one that was made.");
    describe_counter!("storage.writes_refused", "Writes that failed because a database was unavailable for writes.");
}

/// Records an SQL statement.
pub(super) fn record_query(
    system: &'static str,
    operation: &'static str,
    table: &str,
    failed: bool,
    elapsed: Duration,
) {
    let mut labels = vec![
        ("db.system.name", system.to_owned()),
        ("db.operation.name", operation.to_owned()),
        ("db.collection.name", table.to_owned()),
    ];
    if failed {
        labels.push(("error.type", "_OTHER".to_owned()));
    }
    histogram!(QUERY_DURATION, &labels).record(elapsed.as_secs_f64());
}

/// Records whether the database `name` takes writes.
pub(super) fn set_writable(name: &'static str, writable: bool) {
    gauge!("storage.writable", "database" => name).set(if writable { 1.0 } else { 0.0 });
}

/// Counts a write that failed because the database `name` was unavailable for writes.
pub(super) fn record_refused_write(name: &'static str) {
    counter!("storage.writes_refused", "database" => name).increment(1);
}
