//! `partitions ensure`: creation of missing partitions, as in the hourly maintenance.

use account_partitions::{Lead, Leader, Steps, maintain_partitions};
use service_kit::{Clock, SystemClock};

use super::{expect_tables, print_report};
use account_storage::Store;

/// Creates missing partitions.
pub(super) async fn ensure(store: &Store) -> anyhow::Result<()> {
    expect_tables(store).await?;
    let report =
        maintain_partitions(store.partitions(), Steps::Ensure, Lead::Anyway, Leader::LOCK_TIMEOUT, SystemClock.now())
            .await?;
    print_report(&report.work)
}
