//! Bound of the sessions of an account: part of each sign-in.

use accounts::EndReason;
use chrono::{DateTime, Utc};
use contracts::ids::{SessionId, UserId};
use sea_orm::sea_query::{Expr, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, Order, QueryFilter};
use service_kit::database::stored_time;
use uuid::Uuid;

use super::end_reasons::reason_number;
use super::entities::session::{Column, Entity};
use super::purge::SESSIONS_KEPT;

/// Maximum number of sessions that one sign-in ends, and that it deletes; accounts of former releases may have any
/// number.
const MAX_SURPLUS: u64 = 1000;

/// Ends the live sessions of a user beyond the `keep` most recently used ones, and returns them. Deletes those that ended
/// or expired more than [`SESSIONS_KEPT`] ago.
pub(super) async fn remove_surplus(
    tx: &DatabaseTransaction,
    user: UserId,
    keep: u64,
    at: DateTime<Utc>,
) -> Result<Vec<SessionId>, DbErr> {
    let (mut old, mut excess) = (Vec::new(), Vec::new());
    // One statement finds both, since most sign-ins find neither.
    for row in tx.query_all(&surplus(user, keep, at)).await? {
        let list = if row.try_get_by_index(1)? { &mut excess } else { &mut old };
        list.push(row.try_get_by_index::<Uuid>(0)?);
    }
    if !old.is_empty() {
        Entity::delete_many().filter(Column::Id.is_in(old)).exec(tx).await?;
    }
    if !excess.is_empty() {
        Entity::update_many()
            .col_expr(Column::EndedAt, Expr::value(stored_time(at)))
            .col_expr(Column::EndReason, Expr::value(reason_number(EndReason::LimitReached)))
            .filter(Column::Id.is_in(excess.iter().copied()))
            .filter(Column::EndedAt.is_null())
            .exec(tx)
            .await?;
    }
    Ok(excess.into_iter().map(SessionId).collect())
}

/// Ids of the sessions to remove, each with `true` if it is live.
fn surplus(user: UserId, keep: u64, at: DateTime<Utc>) -> SelectStatement {
    let before = stored_time(at - SESSIONS_KEPT);
    let mut excess = Query::select();
    excess
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::UserId.eq(user.0))
        .and_where(Column::EndedAt.is_null())
        .and_where(Column::ExpiresAt.gt(stored_time(at)))
        .order_by(Column::LastUsedAt, Order::Desc)
        .order_by(Column::Id, Order::Desc)
        .limit(MAX_SURPLUS)
        .offset(keep);
    let mut live = Query::select();
    live.column(Column::Id).expr(Expr::cust("TRUE")).from_subquery(excess, "excess");
    let mut old = Query::select();
    old.column(Column::Id)
        .from(Entity)
        .and_where(Column::UserId.eq(user.0))
        .cond_where(Condition::any().add(Column::EndedAt.lt(before)).add(Column::ExpiresAt.lt(before)))
        .limit(MAX_SURPLUS);
    let mut both = Query::select();
    both.column(Column::Id).expr(Expr::cust("FALSE")).from_subquery(old, "old").union(UnionType::All, live);
    both
}
