//! Audit events, written in the transaction of the act. Rows are never changed.

use accounts::{
    AuditAction, AuditActor, AuditChannel, AuditContext, AuditEvent, AuditFilter, AuditOutcome, AuditRecord,
};
use chrono::TimeDelta;
use contracts::ids::UserId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use service_kit::database::{DatabaseError, stored_time};
use uuid::Uuid;

use super::entities::audit_event::{ActiveModel, Column, Entity, Model};
use super::store::Store;

/// Minimum retention of an event. Older ones are deleted when a new one is recorded.
const RETENTION: TimeDelta = TimeDelta::days(3 * 365);

impl Store {
    /// Recorded events, newest first, at most `limit`. This look is recorded first, in the same transaction; it is not
    /// among the returned ones.
    ///
    /// # Errors
    /// When the database is unavailable; then nothing was read.
    pub async fn list_audit_events(
        &self,
        filter: AuditFilter,
        limit: u64,
        context: &AuditContext,
    ) -> Result<Vec<AuditRecord>, DatabaseError> {
        self.write(async |tx| {
            let rows = page(filter, limit).all(tx).await?;
            let (action, outcome) = (AuditAction::ListAuditEvents, AuditOutcome::Done);
            insert(tx, &AuditEvent { context, action, user_id: filter.user_id, subject: "", outcome }).await?;
            Ok(rows.into_iter().map(record_from).collect())
        })
        .await
    }
}

/// Records an event, in the transaction of its act, and deletes expired ones.
pub(super) async fn insert(tx: &DatabaseTransaction, event: &AuditEvent<'_>) -> Result<(), DbErr> {
    let AuditEvent { context, action, user_id, subject, outcome } = event;
    let expired = stored_time(context.at - RETENTION);
    Entity::delete_many().filter(Column::At.lt(expired)).exec(tx).await?;
    let (actor_id, actor_name) = match &context.actor {
        AuditActor::User(id) => (Some(id.0), String::new()),
        AuditActor::Machine(name) => (None, name.clone()),
    };
    let row = ActiveModel {
        id: Set(Uuid::now_v7()),
        at: Set(stored_time(context.at)),
        actor_id: Set(actor_id),
        actor_name: Set(actor_name),
        channel: Set(number(context.channel)),
        action: Set(action.as_str().to_owned()),
        user_id: Set(user_id.map(|id| id.0)),
        subject: Set((*subject).to_owned()),
        reason: Set(context.reason.as_ref().map_or_else(String::new, |reason| reason.as_str().to_owned())),
        address: Set(context.address.map(|address| address.to_string())),
        request_id: Set(context.request_id.clone()),
        outcome: Set(outcome.as_str().to_owned()),
    };
    Entity::insert(row).exec_without_returning(tx).await.map(drop)
}

/// One page of events.
fn page(filter: AuditFilter, limit: u64) -> Select<Entity> {
    let mut query = Entity::find().order_by_desc(Column::At).order_by_desc(Column::Id).limit(limit);
    if let Some(id) = filter.user_id {
        query = query.filter(Column::UserId.eq(id.0));
    }
    if let Some(id) = filter.actor_id {
        query = query.filter(Column::ActorId.eq(id.0));
    }
    if let Some(before) = filter.before {
        let at = stored_time(before.at);
        let same_time = Condition::all().add(Column::At.eq(at)).add(Column::Id.lt(before.id));
        // The first condition alone follows from the others; it lets the index end the scan.
        query = query.filter(Column::At.lte(at));
        query = query.filter(Condition::any().add(Column::At.lt(at)).add(same_time));
    }
    query
}

/// Numbers of `audit_events.channel`. Never reused for another interface.
fn number(channel: AuditChannel) -> i16 {
    match channel {
        AuditChannel::Command => 1,
        AuditChannel::Api => 2,
        AuditChannel::Page => 3,
    }
}

/// An interface of a later release counts as the API.
fn record_from(row: Model) -> AuditRecord {
    AuditRecord {
        id: row.id,
        at: row.at,
        actor: row.actor_id.map_or(AuditActor::Machine(row.actor_name), |id| AuditActor::User(UserId(id))),
        channel: match row.channel {
            1 => AuditChannel::Command,
            3 => AuditChannel::Page,
            _ => AuditChannel::Api,
        },
        action: row.action,
        user_id: row.user_id.map(UserId),
        subject: row.subject,
        reason: row.reason,
        address: row.address.and_then(|text| text.parse().ok()),
        request_id: row.request_id,
        outcome: row.outcome,
    }
}
