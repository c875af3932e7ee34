//! `partitions ensure`: creation of missing partitions, as in the hourly maintenance.

use service_kit::{Clock, SystemClock};

use super::{expect_tables, print_report};
use crate::flows::{Steps, maintain_partitions};
use crate::storage::{Lead, Leader, Store};

/// Creates missing partitions.
pub(super) async fn ensure(store: &Store) -> anyhow::Result<()> {
    expect_tables(store).await?;
    let report =
        maintain_partitions(store, Steps::Ensure, Lead::Anyway, Leader::LOCK_TIMEOUT, SystemClock.now()).await?;
    print_report(&report.work)
}
