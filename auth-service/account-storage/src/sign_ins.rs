//! Sign-in history: append-only, read by user and time.

use accounts::{ClientLocation, RegionCode, SignIn, SignInMethod, SignInResult};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::auth::devices::DeviceKind;
use contracts::ids::{SessionId, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use service_kit::database::{DatabaseError, stored_time};

use super::entities::sign_in;
use super::store::Store;

/// Maximum number of attempts to find a free microsecond for an entry.
const MAX_ATTEMPTS: u32 = 32;

impl Store {
    /// Adds an entry to the history, by single auto-committed statements.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn insert_sign_in(&self, entry: &SignIn) -> Result<(), DatabaseError> {
        let outcome = self.insert_entry(entry).await;
        if self.partitions().create_missing_month(&outcome, entry.at).await? {
            self.insert_entry(entry).await?;
        } else {
            outcome?;
        }
        Ok(())
    }

    async fn insert_entry(&self, entry: &SignIn) -> Result<(), DatabaseError> {
        let insert = async {
            let _turn = self.write_turn().await;
            Ok(insert(&self.db, entry).await?)
        };
        self.bounded_write(insert).await
    }

    /// Sign-ins of a user from `from` (inclusive) to `until` (exclusive), newest first, at most `limit`. The bounds let
    /// PostgreSQL prune the partitions of all other months.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_sign_ins(
        &self,
        id: UserId,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<SignIn>, DatabaseError> {
        Ok(page(id, from, until, limit).all(&self.db).await?.into_iter().map(entry_from).collect())
    }
}

/// One page of the history.
pub(super) fn page(id: UserId, from: DateTime<Utc>, until: DateTime<Utc>, limit: u64) -> Select<sign_in::Entity> {
    sign_in::Entity::find()
        .filter(sign_in::Column::UserId.eq(id.0))
        .filter(sign_in::Column::At.gte(stored_time(from)))
        .filter(sign_in::Column::At.lt(stored_time(until)))
        .order_by_desc(sign_in::Column::At)
        .limit(limit)
}

/// Adds an entry. Its key is (user, time), so on a conflict the time is shifted by microseconds. As a last resort the
/// entry is dropped, never the sign-in.
pub(super) async fn insert(tx: &impl ConnectionTrait, entry: &SignIn) -> Result<(), DbErr> {
    let mut at = stored_time(entry.at);
    for _ in 0..MAX_ATTEMPTS {
        let conflict = OnConflict::columns([sign_in::Column::UserId, sign_in::Column::At]).do_nothing().to_owned();
        let inserted =
            sign_in::Entity::insert(row_of(entry, at)).on_conflict(conflict).exec_without_returning(tx).await?;
        if inserted == 1 {
            return Ok(());
        }
        at += TimeDelta::microseconds(i64::from(rand::random_range(1_u32..1000)));
    }
    tracing::warn!(user.id = %entry.user_id, "too many sign-ins at one instant; a line of the history is lost");
    Ok(())
}

fn row_of(entry: &SignIn, at: DateTime<Utc>) -> sign_in::ActiveModel {
    sign_in::ActiveModel {
        user_id: Set(entry.user_id.0),
        at: Set(at),
        device: Set(device_number(entry.device)),
        method: Set(match entry.method {
            SignInMethod::Password => 1,
            SignInMethod::Refresh => 2,
            SignInMethod::Social => 3,
            SignInMethod::Device => 4,
            SignInMethod::Redirect => 5,
        }),
        result: Set(match entry.result {
            SignInResult::Success => 0,
            SignInResult::WrongPassword => 1,
            SignInResult::Disabled => 2,
        }),
        session_id: Set(entry.session_id.map(|id| id.0)),
        address: Set(entry.location.address.map(|address| address.to_string())),
        region: Set(entry.location.region.as_ref().map(ToString::to_string)),
    }
}

/// Values of later releases are mapped to the nearest known ones.
fn entry_from(row: sign_in::Model) -> SignIn {
    SignIn {
        user_id: UserId(row.user_id),
        at: row.at,
        device: device_kind(row.device),
        location: ClientLocation {
            address: row.address.and_then(|text| text.parse().ok()),
            region: row.region.as_deref().and_then(RegionCode::parse),
        },
        method: match row.method {
            2 => SignInMethod::Refresh,
            3 => SignInMethod::Social,
            4 => SignInMethod::Device,
            5 => SignInMethod::Redirect,
            _ => SignInMethod::Password,
        },
        result: match row.result {
            0 => SignInResult::Success,
            2 => SignInResult::Disabled,
            _ => SignInResult::WrongPassword,
        },
        session_id: row.session_id.map(SessionId),
    }
}

/// Numbers of device kinds in `sign_ins` and `sessions`. Never reused for another kind.
pub(super) fn device_number(kind: DeviceKind) -> i16 {
    match kind {
        DeviceKind::Other => 0,
        DeviceKind::Tv => 1,
        DeviceKind::Phone => 2,
        DeviceKind::Tablet => 3,
        DeviceKind::Desktop => 4,
    }
}

/// The kind of a number; unknown ones of later releases count as other.
pub(super) fn device_kind(number: i16) -> DeviceKind {
    match number {
        1 => DeviceKind::Tv,
        2 => DeviceKind::Phone,
        3 => DeviceKind::Tablet,
        4 => DeviceKind::Desktop,
        _ => DeviceKind::Other,
    }
}
