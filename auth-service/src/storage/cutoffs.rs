//! What makes access tokens die early: cut-offs of users and ended sessions. Replicas read the newest of both again and
//! again.

use chrono::{DateTime, Utc};
use contracts::ids::{SessionId, UserId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
};

use super::entities::{session, token_cutoff};
use super::error::StorageError;
use super::store::{Store, stored};

/// The access tokens of a user with a version below `version` are dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cutoff {
    /// Whose tokens.
    pub user_id: UserId,
    /// The first version that works.
    pub version: i64,
    /// When the cut was made.
    pub at: DateTime<Utc>,
}

/// A session that was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedSession {
    /// Which.
    pub id: SessionId,
    /// When.
    pub at: DateTime<Utc>,
}

impl Store {
    /// The version that new access tokens of this user carry; 0 for who was never cut off.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn find_token_version(&self, id: UserId) -> Result<i64, StorageError> {
        Ok(token_cutoff::Entity::find_by_id(id.0).one(&self.db).await?.map_or(0, |row| row.version))
    }

    /// Cuts made at or after `since`, at most `limit`.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_cutoffs(&self, since: DateTime<Utc>, limit: u64) -> Result<Vec<Cutoff>, StorageError> {
        let query = token_cutoff::Entity::find().filter(token_cutoff::Column::At.gte(stored(since))).limit(limit);
        let rows = query.all(&self.db).await?;
        Ok(rows
            .into_iter()
            .map(|row| Cutoff { user_id: UserId(row.user_id), version: row.version, at: row.at })
            .collect())
    }

    /// Sessions ended at or after `since`, at most `limit`.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_ended_sessions(
        &self,
        since: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<EndedSession>, StorageError> {
        let query = session::Entity::find()
            .select_only()
            .columns([session::Column::Id, session::Column::EndedAt])
            .filter(session::Column::EndedAt.gte(stored(since)))
            .limit(limit)
            .into_tuple::<(uuid::Uuid, DateTime<Utc>)>();
        let rows = query.all(&self.db).await?;
        Ok(rows.into_iter().map(|(id, at)| EndedSession { id: SessionId(id), at }).collect())
    }
}

/// Makes every access token that this user has now a dead one. Part of the transaction that takes something from the
/// user, so that no token can be made from the old state with the new version.
pub(super) async fn cut_off(tx: &DatabaseTransaction, id: UserId, at: DateTime<Utc>) -> Result<Cutoff, DbErr> {
    let at = stored(at);
    let first = token_cutoff::ActiveModel { user_id: Set(id.0), version: Set(1), at: Set(at) };
    let grow = OnConflict::column(token_cutoff::Column::UserId)
        .update_column(token_cutoff::Column::At)
        .value(
            token_cutoff::Column::Version,
            Expr::col((token_cutoff::Entity, token_cutoff::Column::Version)).add(1_i64),
        )
        .to_owned();
    let row = token_cutoff::Entity::insert(first).on_conflict(grow).exec_with_returning(tx).await?;
    Ok(Cutoff { user_id: id, version: row.version, at })
}
