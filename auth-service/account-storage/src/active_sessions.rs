//! Sessions of a user: listing, renewal by use, ending together.

use std::collections::HashMap;
use std::net::IpAddr;

use accounts::{ClientLocation, EndReason, Identity, OpenSession, RegionCode};
use chrono::{DateTime, Utc};
use contracts::auth::devices::Device;
use contracts::ids::{SessionId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use service_kit::database::{DatabaseError, stored_time};
use token_verifier::Cutoff;

use super::cutoffs::cut_off;
use super::end_reasons::reason_number;
use super::entities::{session, sign_in};
use super::identities::{lock_user, unlink_all};
use super::outbox::{MailDraft, enqueue_to_owner};
use super::sign_ins::device_kind;
use super::store::Store;

/// Maximum number of history entries searched for locations of sessions.
const MAX_ENTRIES: u64 = 500;

/// Ending of all other sessions of a user.
#[derive(Debug, Clone, Copy)]
pub struct EndOthers {
    /// The account.
    pub user: UserId,
    /// The session that is kept.
    pub keep: SessionId,
    /// `true` unlinks all social accounts as well.
    pub unlink: bool,
    /// Current time.
    pub at: DateTime<Utc>,
    /// Address of the client, if known.
    pub address: Option<IpAddr>,
}

/// The other sessions have ended.
#[derive(Debug, Clone)]
pub struct OthersEnded {
    /// Cut-off of the access tokens issued before.
    pub cutoff: Cutoff,
    /// Social accounts that were unlinked.
    pub unlinked: Vec<Identity>,
}

/// Reasons why no session has ended; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum EndOthersError {
    /// Social accounts are the account's only sign-in methods.
    #[error("the social accounts are the only way in")]
    LastWayIn,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// SQL failed.
    #[error("the sessions could not be ended")]
    Storage(#[from] DatabaseError),
}

impl Store {
    /// Active sessions of a user at `now`, the most recently used one first, at most `limit`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_open_sessions(
        &self,
        user: UserId,
        now: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<OpenSession>, DatabaseError> {
        let query = session::Entity::find()
            .filter(session::Column::UserId.eq(user.0))
            .filter(session::Column::EndedAt.is_null())
            .filter(session::Column::ExpiresAt.gt(stored_time(now)))
            .order_by_desc(session::Column::LastUsedAt)
            .limit(limit);
        let rows = query.all(&self.db).await?;
        let Some(first) = rows.iter().map(|row| row.created_at).min() else { return Ok(Vec::new()) };
        let mut locations = self.locations(user, first).await?;
        Ok(rows
            .into_iter()
            .map(|row| OpenSession {
                id: SessionId(row.id),
                device: Device { kind: device_kind(row.device_kind), name: row.device_name },
                created_at: row.created_at,
                last_used_at: row.last_used_at,
                location: locations.remove(&row.id).unwrap_or_default(),
            })
            .collect())
    }

    /// Latest known location of each session, from the newest history entries since `since`.
    async fn locations(
        &self,
        user: UserId,
        since: DateTime<Utc>,
    ) -> Result<HashMap<uuid::Uuid, ClientLocation>, DatabaseError> {
        let query = sign_in::Entity::find()
            .select_only()
            .columns([sign_in::Column::SessionId, sign_in::Column::Address, sign_in::Column::Region])
            .filter(sign_in::Column::UserId.eq(user.0))
            .filter(sign_in::Column::At.gte(since))
            .filter(sign_in::Column::SessionId.is_not_null())
            .order_by_desc(sign_in::Column::At)
            .limit(MAX_ENTRIES)
            .into_tuple::<(uuid::Uuid, Option<String>, Option<String>)>();
        let mut locations = HashMap::new();
        for (id, address, region) in query.all(&self.db).await? {
            locations.entry(id).or_insert_with(|| ClientLocation {
                address: address.and_then(|text| text.parse().ok()),
                region: region.as_deref().and_then(RegionCode::parse),
            });
        }
        Ok(locations)
    }

    /// Records a use of a session at `at` and extends its expiry. `false` when the last recorded use is after `before`
    /// or the session has ended.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn touch_session(
        &self,
        id: SessionId,
        before: DateTime<Utc>,
        at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<bool, DatabaseError> {
        let update = session::Entity::update_many()
            .col_expr(session::Column::LastUsedAt, Expr::value(stored_time(at)))
            .col_expr(session::Column::ExpiresAt, Expr::value(stored_time(expires_at)))
            .filter(session::Column::Id.eq(id.0))
            .filter(session::Column::LastUsedAt.lte(stored_time(before)))
            .filter(session::Column::EndedAt.is_null());
        let update = async {
            let _turn = self.write_turn().await;
            Ok(update.exec(&self.db).await?.rows_affected == 1)
        };
        self.bounded_write(update).await
    }

    /// Ends all sessions of a user except `keep`, and revokes the access tokens issued before. With `unlink` all social
    /// accounts are unlinked as well, if the account has a password to sign in with, and its owner is mailed.
    ///
    /// # Errors
    /// [`EndOthersError`].
    pub async fn end_other_sessions(
        &self,
        change: &EndOthers,
        mail: impl Fn(&[Identity]) -> Option<MailDraft>,
    ) -> Result<OthersEnded, EndOthersError> {
        let EndOthers { user, keep, unlink, at, address } = *change;
        self.write(async |tx| {
            let mut owner = None;
            let unlinked = if unlink {
                let Some(user) = lock_user(tx, user).await? else { return Ok(Err(EndOthersError::NoSuchUser)) };
                if user.password_hash.is_none() || user.email.is_none() {
                    return Ok(Err(EndOthersError::LastWayIn));
                }
                owner = user.email;
                unlink_all(tx, user.key.id, at, address).await?
            } else {
                Vec::new()
            };
            let cutoff = end_others(tx, user, keep, EndReason::LoggedOut, at).await?;
            if !unlinked.is_empty() {
                enqueue_to_owner(tx, owner.as_ref(), mail(&unlinked).as_ref()).await?;
            }
            Ok(Ok(OthersEnded { cutoff, unlinked }))
        })
        .await?
    }
}

/// Part of every transaction that ends the other sessions of a user. The cut-off comes first: its row serialises
/// concurrent calls.
pub(super) async fn end_others(
    tx: &DatabaseTransaction,
    user: UserId,
    keep: SessionId,
    reason: EndReason,
    at: DateTime<Utc>,
) -> Result<Cutoff, DbErr> {
    let cutoff = cut_off(tx, user, at).await?;
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(stored_time(at)))
        .col_expr(session::Column::EndReason, Expr::value(reason_number(reason)))
        .filter(session::Column::UserId.eq(user.0))
        .filter(session::Column::Id.ne(keep.0))
        .filter(session::Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    Ok(cutoff)
}
