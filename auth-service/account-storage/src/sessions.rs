//! Sessions: created, rotated and ended by single conditional statements, so that concurrent replicas agree.

use accounts::{
    Cell, EndReason, LateUses, MAX_SESSIONS, NewSession, Repeats, Rotation, SessionGrant, SessionRecord, SignIn,
    UserKey, UserStatus,
};
use chrono::{DateTime, Utc};
use contracts::auth::devices::Device;
use contracts::ids::{SessionId, UserId};
use credentials::tokens::SecretHash;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use service_kit::database::{DatabaseError, stored_time};

use super::end_reasons::reason_number;
use super::entities::session::{ActiveModel, Column, Entity, Model};
use super::identities::lock_user;
use super::sign_ins;
use super::store::Store;
use super::surplus_sessions::remove_surplus;

/// Reasons why no session was created; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum InsertSessionError {
    /// The account is disabled or deleted.
    #[error("the account is disabled or deleted")]
    Inactive,
    /// The account has another hash than the one that was verified.
    #[error("the password has another hash")]
    HashReplaced,
    /// SQL failed.
    #[error("the session could not be written")]
    Storage(#[from] DatabaseError),
}

impl Store {
    /// Creates a session and records the sign-in that opened it, atomically. Of more than [`MAX_SESSIONS`] live sessions
    /// those end that were not used for the longest time; returns them. Sessions that ended long ago are deleted. Of a
    /// concurrent change of the password or end of all sessions and this, the later one sees the earlier one.
    ///
    /// # Errors
    /// [`InsertSessionError`].
    pub async fn insert_session(
        &self,
        new: &NewSession,
        sign_in: &SignIn,
    ) -> Result<Vec<SessionId>, InsertSessionError> {
        let work = async |tx: &DatabaseTransaction| insert(tx, new, sign_in).await;
        self.write_in_month(sign_in.at, work).await?
    }

    /// The session with this id, ended or not.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_session(&self, id: SessionId) -> Result<Option<SessionRecord>, DatabaseError> {
        Ok(Entity::find_by_id(id.0).one(&self.db).await?.and_then(record_from))
    }

    /// Replaces the current refresh token if it still is the presented one and the session has not ended. `false` when
    /// another request rotated or ended it first. The sign-in is recorded only together with a rotation.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn rotate_session(&self, rotation: &Rotation, sign_in: Option<&SignIn>) -> Result<bool, DatabaseError> {
        let work = async |tx: &DatabaseTransaction| {
            let rotated = rotate(tx, rotation).await?;
            if let (true, Some(entry)) = (rotated, sign_in) {
                sign_ins::insert(tx, entry).await?;
            }
            Ok(rotated)
        };
        self.write_in_month(rotation.at, work).await
    }

    /// Records late uses of a session, if neither they nor its current token have changed since `session` was read.
    /// `false` when they have, or when it has ended.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn record_late_use(&self, session: &SessionRecord, uses: LateUses) -> Result<bool, DatabaseError> {
        let known = session.late_uses;
        let count = |uses: LateUses| i16::try_from(uses.count).unwrap_or(i16::MAX);
        let generation = uses.generation.and_then(|number| i32::try_from(number).ok());
        let Ok(current) = i32::try_from(session.generation) else { return Ok(false) };
        self.write(async |tx| {
            let unchanged = match known.since {
                Some(since) => Column::LateSince.eq(stored_time(since)),
                None => Column::LateSince.is_null(),
            };
            let update = Entity::update_many()
                .col_expr(Column::LateUses, Expr::value(count(uses)))
                .col_expr(Column::LateSince, Expr::value(uses.since.map(stored_time)))
                .col_expr(Column::LateGeneration, Expr::value(generation))
                .filter(Column::Id.eq(session.id.0))
                .filter(Column::RefreshGeneration.eq(current))
                .filter(Column::LateUses.eq(count(known)))
                .filter(unchanged)
                .filter(Column::EndedAt.is_null());
            Ok(update.exec(tx).await?.rows_affected == 1)
        })
        .await
    }

    /// Records a repeat of a session, unless another one was recorded since `session` was read.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn record_repeat(&self, session: &SessionRecord, repeats: Repeats) -> Result<bool, DatabaseError> {
        let count = |repeats: Repeats| i16::try_from(repeats.count).unwrap_or(i16::MAX);
        let update = Entity::update_many()
            .col_expr(Column::Repeats, Expr::value(count(repeats)))
            .col_expr(Column::RepeatsSince, Expr::value(repeats.since.map(stored_time)))
            .filter(Column::Id.eq(session.id.0))
            .filter(Column::Repeats.eq(count(session.repeats)));
        // One statement is a transaction by itself.
        let update = async {
            let _turn = self.write_turn().await;
            Ok(update.exec(&self.db).await?.rows_affected == 1)
        };
        self.bounded_write(update).await
    }

    /// Ends a session. `false` when it had already ended or does not exist.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn end_session(
        &self,
        id: SessionId,
        reason: EndReason,
        at: DateTime<Utc>,
    ) -> Result<bool, DatabaseError> {
        self.write(async |tx| end(tx, id, reason, at).await).await
    }
}

/// The work of [`Store::insert_session`], in the transaction of its caller.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    new: &NewSession,
    sign_in: &SignIn,
) -> Result<Result<Vec<SessionId>, InsertSessionError>, DbErr> {
    // The lock: concurrent sign-ins must not count the same sessions.
    let user = lock_user(tx, new.user.id).await?.filter(|user| user.status == UserStatus::Active);
    let Some(user) = user else { return Ok(Err(InsertSessionError::Inactive)) };
    if new.verified_hash.is_some() && new.verified_hash != user.password_hash {
        return Ok(Err(InsertSessionError::HashReplaced));
    }
    let ended = remove_surplus(tx, new.user.id, MAX_SESSIONS - 1, new.created_at).await?;
    Entity::insert(row_of(new)).exec_without_returning(tx).await?;
    sign_ins::insert(tx, sign_in).await?;
    Ok(Ok(ended))
}

/// `true` when there is a session with this id that has not ended.
pub(super) async fn is_open(tx: &DatabaseTransaction, id: SessionId) -> Result<bool, DbErr> {
    let open = Entity::find_by_id(id.0).filter(Column::EndedAt.is_null());
    Ok(open.one(tx).await?.is_some())
}

/// Ends a session. `false` when it had already ended or does not exist.
pub(super) async fn end(
    tx: &DatabaseTransaction,
    id: SessionId,
    reason: EndReason,
    at: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::EndedAt, Expr::value(stored_time(at)))
        .col_expr(Column::EndReason, Expr::value(reason_number(reason)))
        .filter(Column::Id.eq(id.0))
        .filter(Column::EndedAt.is_null());
    Ok(update.exec(tx).await?.rows_affected == 1)
}

async fn rotate(tx: &impl ConnectionTrait, rotation: &Rotation) -> Result<bool, DbErr> {
    let (Ok(from), Some(to)) = (i32::try_from(rotation.from_generation), rotation.from_generation.checked_add(1))
    else {
        return Ok(false);
    };
    let Ok(to) = i32::try_from(to) else { return Ok(false) };
    let update = Entity::update_many()
        .col_expr(Column::RefreshGeneration, Expr::value(to))
        .col_expr(Column::RefreshHash, Expr::value(rotation.to_hash.to_vec()))
        .col_expr(Column::PreviousHash, Expr::value(rotation.from_hash.to_vec()))
        .col_expr(Column::RotatedAt, Expr::value(stored_time(rotation.at)))
        .col_expr(Column::LastUsedAt, Expr::value(stored_time(rotation.at)))
        .col_expr(Column::ExpiresAt, Expr::value(stored_time(rotation.expires_at)))
        .col_expr(Column::Cell, Expr::value(rotation.cell.number()))
        .filter(Column::Id.eq(rotation.id.0))
        .filter(Column::RefreshGeneration.eq(from))
        .filter(Column::RefreshHash.eq(rotation.from_hash.to_vec()))
        .filter(Column::EndedAt.is_null());
    Ok(update.exec(tx).await?.rows_affected == 1)
}

fn row_of(new: &NewSession) -> ActiveModel {
    let now = stored_time(new.created_at);
    ActiveModel {
        id: Set(new.id.0),
        user_id: Set(new.user.id.0),
        cell: Set(new.user.cell.number()),
        device_kind: Set(sign_ins::device_number(new.device.kind)),
        device_name: Set(new.device.name.clone()),
        created_at: Set(now),
        last_used_at: Set(now),
        expires_at: Set(stored_time(new.expires_at)),
        ended_at: Set(None),
        end_reason: Set(None),
        refresh_generation: Set(0),
        refresh_hash: Set(new.refresh_hash.to_vec()),
        previous_hash: Set(None),
        rotated_at: Set(now),
        late_uses: Set(0),
        late_since: Set(None),
        late_generation: Set(None),
        repeats: Set(0),
        repeats_since: Set(None),
        client_id: Set(new.grant.client_id.clone()),
        viewer_only: Set(new.grant.viewer_only),
        scope: Set(new.grant.scope.clone()),
        resource: Set(new.grant.resource.clone()),
    }
}

/// `None` for a row with values out of range; such a session counts as missing.
fn record_from(row: Model) -> Option<SessionRecord> {
    let previous_hash = match row.previous_hash {
        Some(hash) => Some(SecretHash::try_from(hash).ok()?),
        None => None,
    };
    Some(SessionRecord {
        id: SessionId(row.id),
        user: UserKey { id: UserId(row.user_id), cell: Cell::new(row.cell) },
        device: Device { kind: sign_ins::device_kind(row.device_kind), name: row.device_name },
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
        ended_at: row.ended_at,
        generation: u32::try_from(row.refresh_generation).ok()?,
        refresh_hash: SecretHash::try_from(row.refresh_hash).ok()?,
        previous_hash,
        rotated_at: row.rotated_at,
        late_uses: LateUses {
            count: u16::try_from(row.late_uses).ok()?,
            since: row.late_since,
            generation: row.late_generation.and_then(|generation| u32::try_from(generation).ok()),
        },
        repeats: Repeats { count: u16::try_from(row.repeats).ok()?, since: row.repeats_since },
        grant: SessionGrant {
            client_id: row.client_id,
            viewer_only: row.viewer_only,
            scope: row.scope,
            resource: row.resource,
        },
    })
}
