//! `partitions expire`: deletion of expired sign-ins, as in the hourly maintenance.

use account_partitions::{Lead, Leader, Steps, maintain_partitions};
use service_kit::{Clock, SystemClock};

use super::{expect_tables, print_report, say};
use account_storage::Store;

/// Drops expired months, or lists them.
pub(super) async fn expire(store: &Store, dry_run: bool) -> anyhow::Result<()> {
    expect_tables(store).await?;
    let (partitions, now) = (store.partitions(), SystemClock.now());
    if !dry_run {
        let report = maintain_partitions(partitions, Steps::Expire, Lead::Anyway, Leader::LOCK_TIMEOUT, now).await?;
        return print_report(&report.work);
    }
    let kept = partitions.policy().first_kept(now).map_or_else(String::new, |month| month.to_string());
    say(format!("kept: months from {kept} on"))?;
    if partitions.is_embedded() {
        return say(format!("would delete {} sign-ins", partitions.count_expired(now).await?));
    }
    let inventory = partitions.read_inventory().await?;
    let expired = partitions.expired(&inventory, now);
    expired.iter().try_for_each(|month| say(format!("would drop {}_{month}", inventory.sign_ins.name)))?;
    if expired.is_empty() { say("there is nothing to drop") } else { Ok(()) }
}
