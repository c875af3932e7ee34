//! Partition maintenance beside the running server: hourly, by one of all replicas; the others only check.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use chrono::{DateTime, TimeDelta, Utc};
use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use service_kit::Clock;

use super::maintenance::{MaintenanceRun, Steps, maintain_partitions};
use crate::domain::{Alarm, Severity};
use crate::storage::{AccountPartitions, Lead, Leader};

/// Delay of the first run after the start, so that requests are served first.
const FIRST_DELAY: Duration = Duration::from_secs(2);
/// Jitter of the first run, so that replicas started together do not run at once.
const FIRST_JITTER: Duration = Duration::from_secs(8);
/// Time between runs.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// Jitter of each run.
const JITTER: Duration = Duration::from_secs(5 * 60);
/// Age at which the last check counts as stale.
const MAX_AGE: TimeDelta = TimeDelta::hours(3);

/// Result of the last run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaintenanceStatus {
    /// End of the last complete run.
    pub checked_at: Option<DateTime<Utc>>,
    /// `true` when this replica did the work.
    pub leader: bool,
    /// Alarms of that run.
    pub alarms: Vec<Alarm>,
    /// `true` when later runs failed.
    pub failing: bool,
}

impl MaintenanceStatus {
    /// `true` when an operator should act.
    pub fn needs_attention(&self, now: DateTime<Utc>) -> bool {
        let stale = self.checked_at.is_some_and(|checked| now - checked > MAX_AGE);
        self.failing || stale || self.alarms.iter().any(|alarm| alarm.severity() == Severity::Warning)
    }
}

/// Maintenance of one replica. Clones share its status.
#[derive(Clone)]
pub struct MaintenanceWorker {
    partitions: AccountPartitions,
    clock: Arc<dyn Clock>,
    status: Arc<ArcSwap<MaintenanceStatus>>,
}

impl MaintenanceWorker {
    /// A worker that has not run yet.
    pub fn new(partitions: AccountPartitions, clock: Arc<dyn Clock>) -> Self {
        Self { partitions, clock, status: Arc::default() }
    }

    /// Result of the last run.
    pub fn status(&self) -> Guard<Arc<MaintenanceStatus>> {
        self.status.load()
    }

    /// Runs maintenance periodically. Safe to cancel at any point.
    pub async fn run(self) {
        describe();
        tokio::time::sleep(with_jitter(FIRST_DELAY, FIRST_JITTER)).await;
        loop {
            self.run_once().await;
            tokio::time::sleep(with_jitter(INTERVAL, JITTER)).await;
        }
    }

    /// Runs maintenance once and reports the result in logs, metrics and status.
    pub async fn run_once(&self) {
        let (before, now) = (self.status.load_full(), self.clock.now());
        match maintain_partitions(&self.partitions, Steps::All, Lead::IfFree, Leader::LOCK_TIMEOUT, now).await {
            Ok(report) => {
                log(&report, &before);
                measure(&report, now);
                let MaintenanceRun { leader, alarms, .. } = report;
                let status = MaintenanceStatus { checked_at: Some(now), leader, alarms, failing: false };
                self.status.store(Arc::new(status));
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                if before.failing {
                    tracing::debug!(%error, cause, "partition maintenance still fails");
                } else {
                    tracing::warn!(%error, cause, "partition maintenance failed; it is tried again within an hour or so");
                }
                counter!("auth.partitions.runs", "outcome" => "failed").increment(1);
                self.status.store(Arc::new(MaintenanceStatus { failing: true, ..MaintenanceStatus::clone(&before) }));
            }
        }
    }
}

fn with_jitter(delay: Duration, jitter: Duration) -> Duration {
    delay + jitter.mul_f64(rand::random::<f64>())
}

/// Logs the completed work, new alarms, and alarms that ended. Continuing alarms are in metrics and status, not in the
/// logs of every hour.
fn log(report: &MaintenanceRun, before: &MaintenanceStatus) {
    if !report.work.done.is_empty() {
        tracing::info!(done = report.work.done.join("; "), "partition maintenance done");
    }
    if !report.work.left.is_empty() {
        tracing::warn!(left = report.work.left.join("; "), "partitions are in use; the next run retries");
    }
    for alarm in report.alarms.iter().filter(|alarm| !is_among(alarm, &before.alarms)) {
        match alarm.severity() {
            Severity::Warning => tracing::warn!(kind = alarm.kind(), "partitions: {alarm}"),
            Severity::Note => tracing::info!(kind = alarm.kind(), "partitions: {alarm}"),
        }
    }
    for alarm in before.alarms.iter().filter(|alarm| !is_among(alarm, &report.alarms)) {
        tracing::info!(kind = alarm.kind(), "partitions: alarm ended: {alarm}");
    }
}

fn is_among(alarm: &Alarm, others: &[Alarm]) -> bool {
    others.iter().any(|other| other.is_same_as(alarm))
}

/// Describes the metrics.
fn describe() {
    describe_gauge!("auth.partitions.alarms", "Alarms about partitions, by kind.");
    describe_gauge!("auth.partitions.leaves", "Leaf partitions, by table.");
    describe_counter!("auth.partitions.runs", "Runs of the partition maintenance, by outcome.");
    describe_gauge!("auth.partitions.last_success", Unit::Seconds, "When a complete run last ended here, since 1970.");
}

/// `auth.partitions.*`: alarms by kind, partitions by table, runs by outcome, and the end of the last complete run (in
/// seconds since 1970). Kinds without an alarm are set to 0, so that ended alarms disappear.
fn measure(report: &MaintenanceRun, now: DateTime<Utc>) {
    for kind in Alarm::KINDS {
        let count = report.alarms.iter().filter(|alarm| alarm.kind() == kind).count();
        gauge!("auth.partitions.alarms", "kind" => kind).set(count as f64);
    }
    for table in report.inventory.tables() {
        gauge!("auth.partitions.leaves", "table" => table.name.clone()).set(table.partitions() as f64);
    }
    let outcome = match (report.leader, report.work.left.is_empty()) {
        (false, _) => "not_leader",
        (true, true) => "done",
        (true, false) => "left_over",
    };
    counter!("auth.partitions.runs", "outcome" => outcome).increment(1);
    gauge!("auth.partitions.last_success").set(now.timestamp() as f64);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_report_every_kind_of_alarm_and_an_ended_one_returns_to_zero() {
        let recorder = metrics_util::debugging::DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        let report = |alarms| MaintenanceRun { leader: true, alarms, ..MaintenanceRun::default() };
        let measured = |report: &MaintenanceRun| {
            metrics::with_local_recorder(&recorder, || measure(report, "2026-11-25T15:00:00Z".parse().unwrap()));
            let rows = snapshotter.snapshot().into_vec().into_iter();
            let texts = rows.map(|(key, _, _, value)| format!("{} {value:?}", key.key()));
            texts.filter(|text| text.contains("auth.partitions.alarms")).collect::<Vec<_>>()
        };
        let one = measured(&report(vec![Alarm::Unplaced(3)]));
        assert_eq!(one.len(), Alarm::KINDS.len());
        assert_eq!(one.iter().filter(|text| text.contains("unplaced") && text.contains("(1.0)")).count(), 1, "{one:?}");
        let none = measured(&report(Vec::new()));
        assert!(none.iter().all(|text| text.contains("(0.0)")), "{none:?}");
    }

    #[test]
    fn a_stale_or_failing_check_or_a_warning_needs_attention_and_a_note_does_not() {
        let now: DateTime<Utc> = "2026-11-25T15:00:00Z".parse().unwrap();
        let fresh = MaintenanceStatus { checked_at: Some(now), ..MaintenanceStatus::default() };
        assert!(!fresh.needs_attention(now) && !MaintenanceStatus::default().needs_attention(now));
        assert!(fresh.needs_attention(now + MAX_AGE + TimeDelta::seconds(1)));
        assert!(MaintenanceStatus { failing: true, ..fresh.clone() }.needs_attention(now));
        assert!(MaintenanceStatus { alarms: vec![Alarm::Unplaced(1)], ..fresh.clone() }.needs_attention(now));
        assert!(
            !MaintenanceStatus { alarms: vec![Alarm::NotPartitioned("users".into())], ..fresh }.needs_attention(now)
        );
    }
}
