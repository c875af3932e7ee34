//! One run of partition maintenance.
//!
//! Every step is idempotent, safe to run concurrently, and may be interrupted: the next run finds the remaining work in
//! the database's catalogue.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::partition_maintenance::{Alarm, PartitionInventory, alarms};
use crate::storage::{Lead, Leader, MaintenanceReport, StorageError, Store};

/// Steps of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// All steps, as in the hourly runs.
    All,
    /// Completes interrupted work, creates missing partitions, gathers statistics. Drops nothing.
    Ensure,
    /// Completes interrupted work, drops expired months.
    Expire,
}

/// Result of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaintenanceRun {
    /// `true` when this run did the steps; otherwise another replica is responsible.
    pub leader: bool,
    /// Completed and remaining work.
    pub work: MaintenanceReport,
    /// Partition inventory after the run.
    pub inventory: PartitionInventory,
    /// Alarms after the run.
    pub alarms: Vec<Alarm>,
}

/// Runs the steps if `lead` permits, then reads the inventory. Waits for readers of expired partitions at most
/// `lock_timeout`.
///
/// # Errors
/// When the database is unavailable, or has no tables yet. Completed steps stay, and the next run resumes from there.
pub async fn maintain_partitions(
    store: &Store,
    steps: Steps,
    lead: Lead,
    lock_timeout: Duration,
    now: DateTime<Utc>,
) -> Result<MaintenanceRun, StorageError> {
    let (store, mut report) = (&store.for_batch(), MaintenanceRun::default());
    if let Some(leader) = store.lead(lead, lock_timeout).await? {
        let work = run_steps(store, steps, &leader, now).await;
        leader.close().await;
        report.work = work?;
        report.leader = true;
    }
    report.inventory = store.read_inventory().await?;
    report.alarms = alarms(&report.inventory, store.policy(), now);
    Ok(report)
}

async fn run_steps(
    store: &Store,
    steps: Steps,
    leader: &Leader,
    now: DateTime<Utc>,
) -> Result<MaintenanceReport, StorageError> {
    let mut work = store.finish_detaching(leader).await?;
    if steps != Steps::Expire {
        let made = store.ensure_leaves(now).await?;
        if made > 0 {
            work.done.push(format!("made {made} partitions"));
        }
    }
    if steps != Steps::Ensure {
        work.add(store.drop_expired(leader, now).await?);
        work.add(store.delete_expired(now).await?);
    }
    if steps != Steps::Expire {
        work.add(store.analyse_when_due(leader, now).await?);
    }
    Ok(work)
}
