//! Rows that have served: the identifiers of deleted accounts. Sessions that ended long ago are deleted by sign-ins.

use account_partitions::storage::DELETED;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use service_kit::database::{DatabaseError, stored_time};

use super::entities::{token_cutoff, user_directory};
use super::store::Store;

/// Time for which an ended or expired session is kept, for its owner and for operators.
pub const SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);
/// Time after its deletion at which the identifiers of an account go. Access tokens live for at most a day.
pub const DELETED_KEPT: TimeDelta = TimeDelta::days(2);
/// Maximum number of cut-offs in one batch.
const BATCH: u64 = 500;

/// Progress of a purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purged {
    /// Number of accounts that lost their identifiers.
    pub accounts: u64,
    /// Start of the next batch; `None` when there is nothing more until then.
    pub next: Option<DateTime<Utc>>,
}

impl Store {
    /// Removes the identifiers of accounts that were deleted between `since` and `until`: their rows of the directory,
    /// with the sessions and cut-offs that refer to them, one batch. Accounts are found by their cut-offs, which a
    /// deletion makes and an index orders by time.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn purge_deleted_users(
        &self,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Purged, DatabaseError> {
        let query = token_cutoff::Entity::find()
            .filter(token_cutoff::Column::At.gte(stored_time(since)))
            .filter(token_cutoff::Column::At.lt(stored_time(until)))
            .order_by_asc(token_cutoff::Column::At)
            .limit(BATCH);
        let cutoffs = query.all(&self.db).await?;
        let Some(last) = cutoffs.last().map(|cutoff| cutoff.at) else { return Ok(Purged { accounts: 0, next: None }) };
        // Of several with the time of the last one some may be beyond the batch; all of one time do not fill it.
        let next = if last > since { last } else { last + TimeDelta::microseconds(1) };
        let next = (cutoffs.len() as u64 == BATCH).then_some(next);
        // Foreign keys delete what refers to the rows. One statement is a transaction by itself, and can run in a task
        // that moves between threads.
        let delete = user_directory::Entity::delete_many()
            .filter(user_directory::Column::UserId.is_in(cutoffs.into_iter().map(|cutoff| cutoff.user_id)))
            .filter(user_directory::Column::State.eq(DELETED));
        let delete = async {
            let _turn = self.write_turn().await;
            Ok(delete.exec(&self.db).await?.rows_affected)
        };
        Ok(Purged { accounts: self.bounded_write(delete).await?, next })
    }
}
