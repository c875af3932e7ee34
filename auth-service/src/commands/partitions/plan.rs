//! `partitions plan`: query plans of the hot statements.

use service_kit::{Clock, SystemClock};

use super::{expect_tables, say};
use account_storage::Store;

/// Prints a heading, the statement and its plan for each.
pub(super) async fn show(store: &Store) -> anyhow::Result<()> {
    expect_tables(store).await?;
    for explained in store.explain_hot_statements(SystemClock.now()).await? {
        say(format!("== {} (partitions of users: {})", explained.what, explained.leaves_of_users))?;
        say(&explained.sql)?;
        explained.plan.iter().try_for_each(|line| say(format!("    {line}")))?;
        say("")?;
    }
    Ok(())
}
