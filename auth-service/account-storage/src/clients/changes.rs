//! Changes of clients, each in the transaction of its caller.

use accounts::EndReason;
use chrono::{DateTime, Utc};
use oauth_clients::{Client, ClientKind, InvalidClient, MAX_CLIENTS};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter};
use service_kit::database::stored_time;
use token_verifier::CLIENT_ID;

use super::rows;
use super::{ChangeClientError, ClientChange, ClientRecord, SecretRotation};
use crate::end_reasons::reason_number;
use crate::entities::{oauth_client, session};

type Change<T> = Result<Result<T, ChangeClientError>, DbErr>;

pub(super) async fn create(tx: &DatabaseTransaction, client: &Client, now: DateTime<Utc>) -> Change<ClientRecord> {
    rows::lock(tx).await?;
    if rows::find(tx, &client.id, now).await?.is_some() {
        return Ok(Err(ChangeClientError::Taken));
    }
    if oauth_client::Entity::find().count(tx).await? >= MAX_CLIENTS as u64 {
        return Ok(Err(ChangeClientError::TooMany));
    }
    rows::insert(tx, client, now).await?;
    changed(tx, &client.id, now).await
}

pub(super) async fn update(
    tx: &DatabaseTransaction,
    id: &str,
    change: &ClientChange<'_>,
    now: DateTime<Utc>,
) -> Change<ClientRecord> {
    rows::lock(tx).await?;
    let Some(record) = rows::find(tx, id, now).await? else { return Ok(Err(ChangeClientError::NoSuchClient)) };
    match change(record.client.definition) {
        Ok(definition) => rows::update(tx, id, &definition, now).await?,
        Err(invalid) => return Ok(Err(invalid.into())),
    }
    changed(tx, id, now).await
}

pub(super) async fn rotate_secret(
    tx: &DatabaseTransaction,
    rotation: SecretRotation<'_>,
    now: DateTime<Utc>,
) -> Change<ClientRecord> {
    rows::lock(tx).await?;
    let SecretRotation { id, hash, old_until } = rotation;
    let Some(record) = rows::find(tx, id, now).await? else { return Ok(Err(ChangeClientError::NoSuchClient)) };
    let definition = record.client.definition;
    if definition.kind == ClientKind::Public {
        let reason = "a public client has none".to_owned();
        return Ok(Err(InvalidClient { field: "secrets", reason }.into()));
    }
    rows::end_secrets(tx, id, old_until).await?;
    rows::insert_secret(tx, id, hash).await?;
    rows::update(tx, id, &definition, now).await?;
    changed(tx, id, now).await
}

pub(super) async fn delete(tx: &DatabaseTransaction, id: &str, now: DateTime<Utc>) -> Change<()> {
    rows::lock(tx).await?;
    let deleted = oauth_client::Entity::delete_by_id(id.to_owned()).exec(tx).await?; // its secrets with it
    if deleted.rows_affected == 0 {
        return Ok(Err(ChangeClientError::NoSuchClient));
    }
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(stored_time(now)))
        .col_expr(session::Column::EndReason, Expr::value(reason_number(EndReason::ClientDeleted)))
        // As text: a partial index is of use only to statements that repeat its condition.
        .filter(Expr::cust(format!("client_id <> '{CLIENT_ID}'")))
        .filter(session::Column::ClientId.eq(id))
        .filter(session::Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    rows::advance_revision(tx).await?;
    Ok(Ok(()))
}

async fn changed(tx: &DatabaseTransaction, id: &str, now: DateTime<Utc>) -> Change<ClientRecord> {
    rows::advance_revision(tx).await?;
    Ok(rows::find(tx, id, now).await?.ok_or(ChangeClientError::NoSuchClient))
}
