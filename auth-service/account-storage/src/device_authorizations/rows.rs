//! Rows of device authorizations.

use accounts::{
    ClientLocation, DeviceAuthorization, DeviceClaim, DeviceDecision, DeviceRequest, RedeemedDevice, RegionCode,
};
use chrono::{DateTime, Utc};
use contracts::auth::devices::Device;
use contracts::ids::SessionId;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use service_kit::database::stored_time;

use super::{DeviceCodes, claim_from};
use crate::entities::device_authorization::{ActiveModel, Column, Entity, Model};
use crate::sign_ins::{device_kind, device_number};

pub(super) async fn insert(tx: &DatabaseTransaction, codes: DeviceCodes, request: &DeviceRequest) -> Result<(), DbErr> {
    let row = ActiveModel {
        device_hash: Set(codes.device_hash.to_vec()),
        user_mac: Set(codes.user_mac.to_vec()),
        client_id: Set(request.client_id.clone()),
        device_kind: Set(device_number(request.device.kind)),
        device_name: Set(request.device.name.clone()),
        address: Set(request.location.address.map(|address| address.to_string())),
        region: Set(request.location.region.as_ref().map(ToString::to_string)),
        created_at: Set(stored_time(request.created_at)),
        expires_at: Set(stored_time(request.expires_at)),
        claimed_by: Set(None),
        user_id: Set(None),
        decided_at: Set(None),
        approved: Set(None),
        session_id: Set(None),
        redeemed_at: Set(None),
        resource: Set(request.resource.clone()),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(drop)
}

pub(super) async fn delete_ended_before(db: &impl ConnectionTrait, time: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::ExpiresAt.lt(stored_time(time))).exec(db).await.map(drop)
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    device_hash: &[u8; 32],
) -> Result<Option<DeviceAuthorization>, DbErr> {
    Ok(Entity::find_by_id(device_hash.to_vec()).one(db).await?.and_then(from_row))
}

/// The authorization with the first of these user codes that there is.
pub(super) async fn find_by_mac(
    db: &impl ConnectionTrait,
    user_macs: &[[u8; 32]],
) -> Result<Option<DeviceAuthorization>, DbErr> {
    for mac in user_macs {
        if let Some(row) = Entity::find().filter(Column::UserMac.eq(mac.to_vec())).one(db).await? {
            return Ok(from_row(row));
        }
    }
    Ok(None)
}

/// Claims an open row, unless another session has. `true` when it is that of this session.
pub(super) async fn claim(
    tx: &DatabaseTransaction,
    device_hash: &[u8; 32],
    claim: DeviceClaim,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let free = Condition::any().add(Column::ClaimedBy.is_null()).add(Column::ClaimedBy.eq(claim.session.0));
    let update = Entity::update_many()
        .col_expr(Column::ClaimedBy, Expr::value(claim.session.0))
        .col_expr(Column::UserId, Expr::value(claim.user.0))
        .filter(Column::DeviceHash.eq(device_hash.to_vec()))
        .filter(Column::DecidedAt.is_null())
        .filter(Column::ExpiresAt.gt(stored_time(now)))
        .filter(free);
    Ok(update.exec(tx).await?.rows_affected == 1)
}

/// Decides an open row of this session. `true` when it was decided now.
pub(super) async fn decide(
    tx: &DatabaseTransaction,
    device_hash: &[u8; 32],
    claim: DeviceClaim,
    decision: DeviceDecision,
) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::DecidedAt, Expr::value(stored_time(decision.at)))
        .col_expr(Column::Approved, Expr::value(decision.approved))
        .filter(Column::DeviceHash.eq(device_hash.to_vec()))
        .filter(Column::DecidedAt.is_null())
        .filter(Column::ClaimedBy.eq(claim.session.0));
    Ok(update.exec(tx).await?.rows_affected == 1)
}

/// Redeems an approved row, once.
pub(super) async fn redeem(
    tx: &DatabaseTransaction,
    device_hash: &[u8; 32],
    redeemed: RedeemedDevice,
) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::SessionId, Expr::value(redeemed.session.0))
        .col_expr(Column::RedeemedAt, Expr::value(stored_time(redeemed.at)))
        .filter(Column::DeviceHash.eq(device_hash.to_vec()))
        .filter(Column::Approved.eq(true))
        .filter(Column::RedeemedAt.is_null());
    Ok(update.exec(tx).await?.rows_affected == 1)
}

pub(super) async fn list_decided(
    db: &impl ConnectionTrait,
    since: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<[u8; 32]>, DbErr> {
    let query = Entity::find()
        .select_only()
        .column(Column::DeviceHash)
        .filter(Column::DecidedAt.gte(stored_time(since)))
        .order_by_desc(Column::DecidedAt)
        .limit(limit);
    let hashes: Vec<Vec<u8>> = query.into_tuple().all(db).await?;
    Ok(hashes.into_iter().filter_map(|hash| hash.try_into().ok()).collect())
}

/// `None` for a row with a hash of another length.
fn from_row(row: Model) -> Option<DeviceAuthorization> {
    Some(DeviceAuthorization {
        device_hash: row.device_hash.try_into().ok()?,
        request: DeviceRequest {
            client_id: row.client_id,
            resource: row.resource,
            device: Device { kind: device_kind(row.device_kind), name: row.device_name },
            location: ClientLocation {
                address: row.address.and_then(|text| text.parse().ok()),
                region: row.region.as_deref().and_then(RegionCode::parse),
            },
            created_at: row.created_at,
            expires_at: row.expires_at,
        },
        claim: claim_from(row.claimed_by, row.user_id),
        decision: row.decided_at.zip(row.approved).map(|(at, approved)| DeviceDecision { approved, at }),
        redeemed: row.session_id.zip(row.redeemed_at).map(|(id, at)| RedeemedDevice { session: SessionId(id), at }),
    })
}
