//! Expired months: detached while reads and writes continue, then dropped.
//!
//! Interrupted work is completed by the next run: PostgreSQL marks a partly detached leaf, and a detached table that
//! was not dropped is recognised by its name.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, TransactionOptions};
use service_kit::database::{Database, DatabaseError, is_ddl_conflict};

use super::account_partitions::AccountPartitions;
use super::inventory::orphans;
use super::leader::Leader;
use super::tables::Partitioned;
use crate::domain::{Month, OrphanTable, PartitionInventory};

/// Lock timeout of a drop: later requests queue behind it.
const DROP_LOCK_TIMEOUT: &str = "200ms";
/// Maximum number of attempts to drop a table in one run.
const DROP_ATTEMPTS: u32 = 10;
/// Pause between attempts.
const DROP_PAUSE: Duration = Duration::from_millis(100);

/// Result of a maintenance step, as texts for logs and commands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaintenanceReport {
    /// Completed work.
    pub done: Vec<String>,
    /// Work prevented by other transactions; the next run tries again.
    pub left: Vec<String>,
}

impl MaintenanceReport {
    /// Adds the result of another step.
    pub fn add(&mut self, other: Self) {
        self.done.extend(other.done);
        self.left.extend(other.left);
    }
}

impl AccountPartitions {
    /// Finishes detaching leaves that are partly detached.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn finish_detaching(&self, leader: &Leader) -> Result<MaintenanceReport, DatabaseError> {
        let (mut report, Some(db)) = (MaintenanceReport::default(), &leader.db) else {
            return Ok(MaintenanceReport::default());
        };
        let inventory = self.read_inventory().await?;
        for table in inventory.tables().into_iter().filter(|table| table.partitioned) {
            for leaf in table.leaves.iter().filter(|leaf| leaf.detach_pending) {
                let (parent, name) = (&table.name, &leaf.name);
                let sql = format!("ALTER TABLE {parent} DETACH PARTITION {} FINALIZE", quoted(name));
                match conflict(db.execute_unprepared(&sql).await)? {
                    None => report.done.push(format!("finished detaching {name}")),
                    Some(reason) => report.left.push(format!("{name} is still being detached: {reason}")),
                }
            }
        }
        Ok(report)
    }

    /// Months that have expired at `now`: those with a leaf, and those already detached.
    pub fn expired(&self, inventory: &PartitionInventory, now: DateTime<Utc>) -> Vec<Month> {
        let attached = inventory.sign_ins.leaves.iter().filter(|leaf| is_canonical(&leaf.name, leaf.bound.month()));
        let months = attached.filter_map(|leaf| leaf.bound.month());
        let mut months: Vec<_> = months.chain(inventory.orphans.iter().map(|orphan| orphan.month)).collect();
        months.retain(|month| inventory.sign_ins.partitioned && self.policy().has_expired(*month, now));
        months.sort_unstable();
        months.dedup();
        months
    }

    /// Detaches and drops months that have expired at `now`, the oldest first.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn drop_expired(&self, leader: &Leader, now: DateTime<Utc>) -> Result<MaintenanceReport, DatabaseError> {
        let (mut report, Some(db)) = (MaintenanceReport::default(), &leader.db) else {
            return Ok(MaintenanceReport::default());
        };
        if self.is_converting(Partitioned::SignIns).await? {
            // No trigger would repeat it in the other table, and reverting would restore the month.
            report.left.push("sign_ins is being converted; months are dropped when that is finished".into());
            return Ok(report);
        }
        let inventory = self.read_inventory().await?;
        for month in self.expired(&inventory, now) {
            let leaf = inventory.sign_ins.leaves.iter().find(|leaf| leaf.bound.month() == Some(month));
            // A partly detached leaf was left by the step before; no other can be detached before it is finished.
            let Some(leaf) = leaf.filter(|leaf| !leaf.detach_pending) else { continue };
            match conflict(db.execute_unprepared(&detach(&leaf.name)).await)? {
                None => report.done.push(format!("detached {}", leaf.name)),
                Some(reason) => {
                    report.left.push(format!("{} could not be detached: {reason}", leaf.name));
                    break;
                }
            }
        }
        for orphan in orphans(db).await? {
            report.add(self.drop_orphan(db, &orphan, now).await?);
        }
        Ok(report)
    }

    async fn drop_orphan(
        &self,
        db: &Database,
        orphan: &OrphanTable,
        now: DateTime<Utc>,
    ) -> Result<MaintenanceReport, DatabaseError> {
        let (mut report, name) = (MaintenanceReport::default(), &orphan.name);
        if !self.policy().has_expired(orphan.month, now) {
            return Ok(report);
        }
        for attempt in 1..=DROP_ATTEMPTS {
            let reason = match drop_once(db, orphan).await {
                Ok(Dropped::Yes) => {
                    report.done.push(format!("dropped {name}"));
                    return Ok(report);
                }
                Ok(Dropped::ByOther) => return Ok(report),
                Ok(Dropped::HasOtherMonths) => {
                    "it holds sign-ins of other months; look at it and drop it by hand".into()
                }
                Err(error) => match conflict::<()>(Err(error))? {
                    Some(_) if attempt < DROP_ATTEMPTS => {
                        tokio::time::sleep(DROP_PAUSE).await;
                        continue;
                    }
                    reason => reason.unwrap_or_default(),
                },
            };
            report.left.push(format!("{name} could not be dropped: {reason}"));
            break;
        }
        Ok(report)
    }
}

/// Result of one attempt.
enum Dropped {
    Yes,
    ByOther,
    HasOtherMonths,
}

/// Drops a table that is no partition. A name is not enough to lose data for, so its rows are checked: the constraint
/// left by detaching proves that there are none of other months; without it the table is scanned.
async fn drop_once(db: &Database, orphan: &OrphanTable) -> Result<Dropped, DbErr> {
    let (name, month) = (&orphan.name, orphan.month);
    let tx = db.begin_write(TransactionOptions::default()).await?;
    if !orphans(&tx).await?.contains(orphan) {
        return Ok(Dropped::ByOther);
    }
    let bounds = format!(
        "SET LOCAL lock_timeout = '{DROP_LOCK_TIMEOUT}'; SET LOCAL constraint_exclusion = on; \
         LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE"
    );
    tx.execute_unprepared(&bounds).await?;
    // Checks again under the lock: dropping a table attached meanwhile would lose sign-ins.
    if !orphans(&tx).await?.contains(orphan) {
        return Ok(Dropped::ByOther);
    }
    let (from, to) = (month.start().to_rfc3339(), month.end().to_rfc3339());
    let others = format!("SELECT 1 FROM {name} WHERE at < '{from}' OR at >= '{to}' LIMIT 1");
    if tx.query_one_raw(Statement::from_string(DbBackend::Postgres, others)).await?.is_some() {
        return Ok(Dropped::HasOtherMonths);
    }
    tx.execute_unprepared(&format!("DROP TABLE {name}")).await?;
    db.commit(tx).await?;
    Ok(Dropped::Yes)
}

/// `true` when the leaf has the standard name of its month. With another name it could not be recognised after
/// detaching.
fn is_canonical(name: &str, month: Option<Month>) -> bool {
    month.is_some_and(|month| name == format!("{}_{month}", Partitioned::SignIns.name()))
}

fn detach(leaf: &str) -> String {
    format!("ALTER TABLE {} DETACH PARTITION {} CONCURRENTLY", Partitioned::SignIns.name(), quoted(leaf))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `None` on success, the reason on a conflict with another transaction.
fn conflict<T>(outcome: Result<T, DbErr>) -> Result<Option<String>, DatabaseError> {
    match outcome {
        Ok(_) => Ok(None),
        Err(error) if is_ddl_conflict(&error) => Ok(Some(error.to_string())),
        Err(error) => Err(error.into()),
    }
}
