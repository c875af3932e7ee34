//! Early revocation of access tokens: cut-offs of users and ended sessions. Replicas poll both.

use accounts::RoleName;
use chrono::{DateTime, Utc};
use contracts::ids::{SessionId, UserId};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QuerySelect,
};
use service_kit::database::{DatabaseError, stored_time};
use token_verifier::{Cutoff, EndedSession};

use super::entities::{session, token_cutoff, user_role};
use super::store::Store;

impl Store {
    /// Version of new access tokens of this user; 0 for users without a cut-off.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_token_version(&self, id: UserId) -> Result<i64, DatabaseError> {
        Ok(token_cutoff::Entity::find_by_id(id.0).one(&self.db).await?.map_or(0, |row| row.version))
    }

    /// Cut-offs made at or after `since`, at most `limit`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_cutoffs(&self, since: DateTime<Utc>, limit: u64) -> Result<Vec<Cutoff>, DatabaseError> {
        let query = token_cutoff::Entity::find().filter(token_cutoff::Column::At.gte(stored_time(since))).limit(limit);
        let rows = query.all(&self.db).await?;
        Ok(rows
            .into_iter()
            .map(|row| Cutoff { user_id: UserId(row.user_id), version: row.version, at: row.at })
            .collect())
    }

    /// Sessions ended at or after `since`, at most `limit`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_ended_sessions(
        &self,
        since: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<EndedSession>, DatabaseError> {
        let query = session::Entity::find()
            .select_only()
            .columns([session::Column::Id, session::Column::EndedAt])
            .filter(session::Column::EndedAt.gte(stored_time(since)))
            .limit(limit)
            .into_tuple::<(uuid::Uuid, DateTime<Utc>)>();
        let rows = query.all(&self.db).await?;
        Ok(rows.into_iter().map(|(id, at)| EndedSession { id: SessionId(id), at }).collect())
    }
}

/// Revokes all current access tokens of a user. Runs in the transaction that withdraws a permission, so that no token
/// with the new version can be issued from the old state.
pub(super) async fn cut_off(tx: &DatabaseTransaction, id: UserId, at: DateTime<Utc>) -> Result<Cutoff, DbErr> {
    let at = stored_time(at);
    let first = token_cutoff::ActiveModel { user_id: Set(id.0), version: Set(1), at: Set(at) };
    let row = token_cutoff::Entity::insert(first).on_conflict(next_version()).exec_with_returning(tx).await?;
    Ok(Cutoff { user_id: id, version: row.version, at })
}

/// Revokes all current access tokens of all holders of a role, in one statement.
pub(super) async fn cut_off_holders(tx: &DatabaseTransaction, role: &RoleName, at: DateTime<Utc>) -> Result<(), DbErr> {
    let holders = Query::select()
        .column(user_role::Column::UserId)
        .expr(Expr::value(1_i64))
        .expr(Expr::value(stored_time(at)))
        .from(user_role::Entity)
        .and_where(user_role::Column::Role.eq(role.as_str()))
        .take();
    let mut insert = Query::insert();
    insert
        .into_table(token_cutoff::Entity)
        .columns([token_cutoff::Column::UserId, token_cutoff::Column::Version, token_cutoff::Column::At])
        .on_conflict(next_version());
    insert.select_from(holders).map_err(|error| DbErr::Custom(error.to_string()))?;
    tx.execute(&insert).await.map(drop)
}

/// A further cut-off of a user who has one.
fn next_version() -> OnConflict {
    OnConflict::column(token_cutoff::Column::UserId)
        .update_column(token_cutoff::Column::At)
        .value(
            token_cutoff::Column::Version,
            Expr::col((token_cutoff::Entity, token_cutoff::Column::Version)).add(1_i64),
        )
        .to_owned()
}
