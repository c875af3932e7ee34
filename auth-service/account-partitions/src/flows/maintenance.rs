//! One run of partition maintenance.
//!
//! Every step is idempotent, safe to run concurrently, and may be interrupted: the next run finds the remaining work in
//! the database's catalogue.

use std::time::Duration;

use chrono::{DateTime, Utc};
use service_kit::database::DatabaseError;

use crate::domain::{Alarm, PartitionInventory, alarms};
use crate::storage::{AccountPartitions, Lead, Leader, MaintenanceReport};

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
    partitions: &AccountPartitions,
    steps: Steps,
    lead: Lead,
    lock_timeout: Duration,
    now: DateTime<Utc>,
) -> Result<MaintenanceRun, DatabaseError> {
    let (partitions, mut report) = (&partitions.for_batch(), MaintenanceRun::default());
    if let Some(leader) = partitions.lead(lead, lock_timeout).await? {
        let work = run_steps(partitions, steps, &leader, now).await;
        leader.close().await;
        report.work = work?;
        report.leader = true;
    }
    report.inventory = partitions.read_inventory().await?;
    report.alarms = alarms(&report.inventory, partitions.policy(), now);
    Ok(report)
}

async fn run_steps(
    partitions: &AccountPartitions,
    steps: Steps,
    leader: &Leader,
    now: DateTime<Utc>,
) -> Result<MaintenanceReport, DatabaseError> {
    let mut work = partitions.finish_detaching(leader).await?;
    if steps != Steps::Expire {
        let made = partitions.ensure_leaves(now).await?;
        if made > 0 {
            work.done.push(format!("made {made} partitions"));
        }
    }
    if steps != Steps::Ensure {
        work.add(partitions.drop_expired(leader, now).await?);
        work.add(partitions.delete_expired(now).await?);
    }
    if steps != Steps::Expire {
        work.add(partitions.analyse_when_due(leader, now).await?);
    }
    Ok(work)
}
