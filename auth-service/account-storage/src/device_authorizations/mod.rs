//! Device authorizations: written when a device asks, claimed by the first person who enters the user code, decided by
//! that one, redeemed by the device.

mod rows;

use accounts::{DeviceAuthorization, DeviceClaim, DeviceDecision, DeviceRequest, NewSession, RedeemedDevice, SignIn};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::{SessionId, UserId};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use service_kit::database::{DatabaseError, stored_time};

use super::entities::device_authorization::{Column, Entity};
use super::identities::lock_user;
use super::outbox::{MailDraft, enqueue_to_owner};
use super::sessions::{self, InsertSessionError};
use super::store::Store;

/// Time after their end for which rows are kept: polls that come late learn that the code has expired.
const KEPT: TimeDelta = TimeDelta::hours(1);

/// Codes of a new authorization, as stored.
#[derive(Debug, Clone, Copy)]
pub struct DeviceCodes {
    /// SHA-256 of the device code.
    pub device_hash: [u8; 32],
    /// HMAC of the user code.
    pub user_mac: [u8; 32],
}

/// Reasons why no authorization was created.
#[derive(Debug, thiserror::Error)]
pub enum InsertDeviceError {
    /// Another authorization has this user code: take another one.
    #[error("the user code is taken")]
    Taken,
    /// There are too many open ones.
    #[error("there are too many open codes")]
    TooMany,
    /// SQL failed.
    #[error("the codes could not be written")]
    Storage(#[from] DatabaseError),
}

/// Reasons why no decision was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecisionRejected {
    /// No open code, or another session has claimed it.
    NotClaimed,
    /// The account was deleted.
    NoSuchUser,
}

/// Reasons why a device got no session.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// Not approved, or redeemed already.
    #[error("the code is not approved, or was used before")]
    NotApproved,
    /// The session could not be opened.
    #[error(transparent)]
    Session(#[from] InsertSessionError),
}

impl Store {
    /// Creates an authorization, unless there are `limit` open ones. Rows that ended long ago are deleted.
    ///
    /// # Errors
    /// [`InsertDeviceError`].
    pub async fn insert_device_authorization(
        &self,
        codes: DeviceCodes,
        request: &DeviceRequest,
        limit: u64,
    ) -> Result<(), InsertDeviceError> {
        self.write(async |tx| {
            let now = request.created_at;
            rows::delete_ended_before(tx, now - KEPT).await?;
            if rows::find_by_mac(tx, &[codes.user_mac]).await?.is_some() {
                return Ok(Err(InsertDeviceError::Taken));
            }
            let open =
                Entity::find().filter(Column::ExpiresAt.gt(stored_time(now))).filter(Column::DecidedAt.is_null());
            if open.count(tx).await? >= limit {
                return Ok(Err(InsertDeviceError::TooMany));
            }
            rows::insert(tx, codes, request).await.map(Ok)
        })
        .await?
    }

    /// The authorization of a device code.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_device_authorization(
        &self,
        device_hash: &[u8; 32],
    ) -> Result<Option<DeviceAuthorization>, DatabaseError> {
        Ok(rows::find(&self.db, device_hash).await?)
    }

    /// Claims the open authorization with one of these user codes, the first one that there is, for a session. A code that
    /// another session has claimed is not found.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn claim_device(
        &self,
        user_macs: &[[u8; 32]],
        claim: DeviceClaim,
        now: DateTime<Utc>,
    ) -> Result<Option<DeviceAuthorization>, DatabaseError> {
        self.write(async |tx| {
            let Some(found) = rows::find_by_mac(tx, user_macs).await?.filter(|found| found.is_open(now)) else {
                return Ok(None);
            };
            let claimed = rows::claim(tx, &found.device_hash, claim, now).await?;
            Ok(claimed.then_some(DeviceAuthorization { claim: Some(claim), ..found }))
        })
        .await
    }

    /// The open authorization with one of these user codes that this session has claimed.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_claimed_device(
        &self,
        user_macs: &[[u8; 32]],
        claim: DeviceClaim,
        now: DateTime<Utc>,
    ) -> Result<Option<DeviceAuthorization>, DatabaseError> {
        let found = rows::find_by_mac(&self.db, user_macs).await?;
        Ok(found.filter(|found| found.is_open(now) && found.claim == Some(claim)))
    }

    /// Records the decision of the session that has claimed an open authorization, and mails the owner of the account.
    /// Returns the hash of the device code.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn decide_device(
        &self,
        user_macs: &[[u8; 32]],
        claim: DeviceClaim,
        decision: DeviceDecision,
        mail: Option<&MailDraft>,
    ) -> Result<Result<[u8; 32], DecisionRejected>, DatabaseError> {
        self.write(async |tx| {
            // Before the authorization, as a deletion of the account does: else both could wait for each other.
            let Some(user) = lock_user(tx, claim.user).await? else { return Ok(Err(DecisionRejected::NoSuchUser)) };
            let found = rows::find_by_mac(tx, user_macs).await?;
            let Some(found) = found.filter(|found| found.is_open(decision.at) && found.claim == Some(claim)) else {
                return Ok(Err(DecisionRejected::NotClaimed));
            };
            if !rows::decide(tx, &found.device_hash, claim, decision).await? {
                return Ok(Err(DecisionRejected::NotClaimed));
            }
            enqueue_to_owner(tx, user.email.as_ref(), mail).await?;
            Ok(Ok(found.device_hash))
        })
        .await
    }

    /// Opens the session of an approved device, once. Returns the surplus sessions that ended.
    ///
    /// # Errors
    /// [`RedeemError`]. A code whose session was rejected is used up.
    pub async fn redeem_device(
        &self,
        device_hash: &[u8; 32],
        session: &NewSession,
        sign_in: &SignIn,
    ) -> Result<Vec<SessionId>, RedeemError> {
        let redeemed = RedeemedDevice { session: session.id, at: session.created_at };
        let work = async |tx: &DatabaseTransaction| redeem(tx, device_hash, redeemed, (session, sign_in)).await;
        self.write_in_month(sign_in.at, work).await.map_err(InsertSessionError::from)?
    }

    /// Deletes authorizations that ended long ago, with the addresses of their devices.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn purge_device_authorizations(&self, now: DateTime<Utc>) -> Result<(), DatabaseError> {
        // One statement is a transaction by itself, and can run in a task that moves between threads.
        let delete = async {
            let _turn = self.write_turn().await;
            Ok(rows::delete_ended_before(&self.db, now - KEPT).await?)
        };
        self.bounded_write(delete).await
    }

    /// Hashes of device codes that were decided at `since` or later, at most `limit`.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_decided_devices(&self, since: DateTime<Utc>, limit: u64) -> Result<Vec<[u8; 32]>, DatabaseError> {
        Ok(rows::list_decided(&self.db, since, limit).await?)
    }
}

async fn redeem(
    tx: &DatabaseTransaction,
    device_hash: &[u8; 32],
    redeemed: RedeemedDevice,
    (session, sign_in): (&NewSession, &SignIn),
) -> Result<Result<Vec<SessionId>, RedeemError>, DbErr> {
    lock_user(tx, session.user.id).await?; // first, as a deletion of the account does
    if !rows::redeem(tx, device_hash, redeemed).await? {
        return Ok(Err(RedeemError::NotApproved));
    }
    // Without a session the code is used up all the same: the device may not try again.
    Ok(sessions::insert(tx, session, sign_in).await?.map_err(RedeemError::from))
}

/// Deletes the authorizations that a user has entered, in the transaction that deletes the account.
pub(super) async fn delete_devices_of(tx: &DatabaseTransaction, id: UserId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::UserId.eq(id.0)).exec(tx).await.map(drop)
}

/// The person of a claim, from its columns.
fn claim_from(session: Option<uuid::Uuid>, user: Option<uuid::Uuid>) -> Option<DeviceClaim> {
    Some(DeviceClaim { session: SessionId(session?), user: UserId(user?) })
}
