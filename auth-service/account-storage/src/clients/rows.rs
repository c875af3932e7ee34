//! Rows of clients and of their secrets.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use oauth_clients::{Client, ClientDefinition, ClientKind, ClientNames, ClientSecret, Grant};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use service_kit::database::stored_time;
use service_kit::secret_hash::SecretHash;

use super::ClientRecord;
use crate::entities::{oauth_client, oauth_client_revision, oauth_client_secret};

/// `oauth_client_revision.id` of the only row.
const ROW: i16 = 1;

/// Locks the clients until the end of the transaction.
pub(super) async fn lock(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    oauth_client_revision::Entity::find_by_id(ROW).lock_exclusive().one(tx).await.map(drop)
}

/// Revision of the clients; 1 is the first.
pub(super) async fn revision(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    Ok(oauth_client_revision::Entity::find_by_id(ROW).one(db).await?.map_or(1, |row| row.revision))
}

/// Records that a client has changed, for replicas that hold them in memory.
pub(super) async fn advance_revision(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    use oauth_client_revision::Column::{Id, Revision};
    let next = Expr::col(Revision).add(1_i64);
    oauth_client_revision::Entity::update_many().col_expr(Revision, next).filter(Id.eq(ROW)).exec(tx).await.map(drop)
}

/// One page of clients, with the secrets that are valid at `now`.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    after: Option<&str>,
    limit: u64,
    now: DateTime<Utc>,
) -> Result<Vec<ClientRecord>, DbErr> {
    let mut query = oauth_client::Entity::find().order_by_asc(oauth_client::Column::Id).limit(limit);
    if let Some(after) = after {
        query = query.filter(oauth_client::Column::Id.gt(after));
    }
    records(db, query.all(db).await?, now).await
}

/// One client.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    id: &str,
    now: DateTime<Utc>,
) -> Result<Option<ClientRecord>, DbErr> {
    let row = oauth_client::Entity::find_by_id(id.to_owned()).one(db).await?;
    Ok(records(db, row.into_iter().collect(), now).await?.pop())
}

pub(super) async fn insert(tx: &DatabaseTransaction, client: &Client, now: DateTime<Utc>) -> Result<(), DbErr> {
    let row = oauth_client::ActiveModel {
        id: Set(client.id.clone()),
        confidential: Set(client.definition.kind == ClientKind::Confidential),
        grants: Set(grants_text(&client.definition)),
        origins: Set(client.definition.origins.join(" ")),
        redirect_uris: Set(client.definition.redirect_uris.join(" ")),
        resources: Set(client.definition.resources.join(" ")),
        first_party: Set(client.definition.first_party),
        name_en: Set(client.definition.names.en.clone()),
        name_ru: Set(client.definition.names.ru.clone()),
        created_at: Set(stored_time(now)),
        updated_at: Set(stored_time(now)),
    };
    oauth_client::Entity::insert(row).exec_without_returning(tx).await?;
    for secret in &client.secrets {
        insert_secret(tx, &client.id, &secret.hash).await?;
    }
    Ok(())
}

/// Replaces all but the kind.
pub(super) async fn update(
    tx: &DatabaseTransaction,
    id: &str,
    definition: &ClientDefinition,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    use oauth_client::Column;
    oauth_client::Entity::update_many()
        .col_expr(Column::Grants, Expr::value(grants_text(definition)))
        .col_expr(Column::Origins, Expr::value(definition.origins.join(" ")))
        .col_expr(Column::RedirectUris, Expr::value(definition.redirect_uris.join(" ")))
        .col_expr(Column::Resources, Expr::value(definition.resources.join(" ")))
        .col_expr(Column::FirstParty, Expr::value(definition.first_party))
        .col_expr(Column::NameEn, Expr::value(definition.names.en.as_str()))
        .col_expr(Column::NameRu, Expr::value(definition.names.ru.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(stored_time(now)))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await
        .map(drop)
}

/// Adds a secret without an end.
pub(super) async fn insert_secret(tx: &DatabaseTransaction, id: &str, hash: &SecretHash) -> Result<(), DbErr> {
    let hash = Set(hash.as_bytes().to_vec());
    let row = oauth_client_secret::ActiveModel { client_id: Set(id.to_owned()), hash, until: Set(None) };
    oauth_client_secret::Entity::insert(row).exec_without_returning(tx).await.map(drop)
}

/// Ends the current secret at `until`, and deletes those that it has replaced.
pub(super) async fn end_secrets(tx: &DatabaseTransaction, id: &str, until: DateTime<Utc>) -> Result<(), DbErr> {
    use oauth_client_secret::Column::{ClientId, Until};
    oauth_client_secret::Entity::delete_many().filter(ClientId.eq(id)).filter(Until.is_not_null()).exec(tx).await?;
    oauth_client_secret::Entity::update_many()
        .col_expr(Until, Expr::value(stored_time(until)))
        .filter(ClientId.eq(id))
        .exec(tx)
        .await
        .map(drop)
}

/// Grants of a later release are left out.
fn definition_from(row: oauth_client::Model) -> ClientDefinition {
    let list = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    ClientDefinition {
        kind: if row.confidential { ClientKind::Confidential } else { ClientKind::Public },
        grants: row.grants.split_whitespace().filter_map(Grant::parse).collect(),
        origins: list(&row.origins),
        redirect_uris: list(&row.redirect_uris),
        resources: list(&row.resources),
        first_party: row.first_party,
        names: ClientNames { en: row.name_en, ru: row.name_ru },
    }
}

async fn records(
    db: &impl ConnectionTrait,
    rows: Vec<oauth_client::Model>,
    now: DateTime<Utc>,
) -> Result<Vec<ClientRecord>, DbErr> {
    let ids: Vec<_> = rows.iter().filter(|row| row.confidential).map(|row| row.id.clone()).collect();
    let mut secrets = if ids.is_empty() { HashMap::new() } else { live_secrets(db, ids, now).await? };
    let record = |row: oauth_client::Model| {
        let secrets = secrets.remove(&row.id).unwrap_or_default();
        let (created_at, updated_at, id) = (row.created_at, row.updated_at, row.id.clone());
        ClientRecord { client: Client { id, definition: definition_from(row), secrets }, created_at, updated_at }
    };
    Ok(rows.into_iter().map(record).collect())
}

async fn live_secrets(
    db: &impl ConnectionTrait,
    ids: Vec<String>,
    now: DateTime<Utc>,
) -> Result<HashMap<String, Vec<ClientSecret>>, DbErr> {
    use oauth_client_secret::Column::{ClientId, Until};
    let is_live = Condition::any().add(Until.is_null()).add(Until.gt(stored_time(now)));
    let rows = oauth_client_secret::Entity::find().filter(ClientId.is_in(ids)).filter(is_live).all(db).await?;
    let mut secrets: HashMap<String, Vec<_>> = HashMap::new();
    for row in rows {
        // A row of another length is of no secret.
        let Ok(hash) = <[u8; 32]>::try_from(row.hash) else { continue };
        secrets.entry(row.client_id).or_default().push(ClientSecret { hash: hash.into(), until: row.until });
    }
    Ok(secrets)
}

fn grants_text(definition: &ClientDefinition) -> String {
    definition.grants.iter().map(|grant| grant.name()).collect::<Vec<_>>().join(" ")
}
