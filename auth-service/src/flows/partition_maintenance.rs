//! One run of the upkeep of partitions.
//!
//! Every step may be done twice, by two at once, or be cut off anywhere: whoever comes next finds what is left to do in
//! the database's own catalogue.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::partition_maintenance::{Alarm, PartitionInventory, alarms};
use crate::storage::{Lead, Leader, MaintenanceReport, StorageError, Store};

/// Which steps are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// Everything, as every hour.
    All,
    /// Finishes what was begun, makes what is missing, gathers statistics. Takes nothing away.
    Ensure,
    /// Finishes what was begun, takes away what has expired.
    Expire,
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpkeepReport {
    /// Whether the steps were this run's to do; somebody else did them otherwise.
    pub leader: bool,
    /// What was done, and what could not be.
    pub work: MaintenanceReport,
    /// What is there now.
    pub facts: PartitionInventory,
    /// What is wrong with it.
    pub alarms: Vec<Alarm>,
}

/// Does the steps if `lead` lets it, then looks at what is there. Waits for readers of what has expired at most `patience`.
///
/// # Errors
/// When the database is away, or has no tables yet. What was done until then stays, and the next run goes on from there.
pub async fn maintain_partitions(
    store: &Store,
    steps: Steps,
    lead: Lead,
    patience: Duration,
    now: DateTime<Utc>,
) -> Result<UpkeepReport, StorageError> {
    let (store, mut report) = (&store.patient(), UpkeepReport::default());
    if let Some(leader) = store.lead(lead, patience).await? {
        let work = work(store, steps, &leader, now).await;
        leader.close().await;
        report.work = work?;
        report.leader = true;
    }
    report.facts = store.read_catalogue().await?;
    report.alarms = alarms(&report.facts, store.policy(), now);
    Ok(report)
}

async fn work(
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
