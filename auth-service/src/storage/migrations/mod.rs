//! The schema, step by step.

mod m20261122_000001_accounts;
mod m20261125_000002_regions;
mod m20261125_000003_identities;

use std::collections::HashSet;

use contracts::auth::roles::SYSTEM_ROLES;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait};
use sea_orm_migration::{IntoSchemaManagerConnection, MigrationTrait, MigratorTrait, SchemaManager, seaql_migrations};

use super::atlas;
use super::entities::role;
use crate::domain::geography::Plan;

/// "marquee!" as a number: nothing else in the database takes this advisory lock.
const MIGRATION_LOCK: i64 = 0x6d61_7271_7565_6521;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_accounts::Migration),
            Box::new(m20261125_000002_regions::Migration),
            Box::new(m20261125_000003_identities::Migration),
        ]
    }
}

/// Applies what is missing. Everything happens in `tx`, so that a second process waits for the lock (on SQLite the
/// write lock that `tx` already holds) and then finds nothing left to do. A database that a later release has changed
/// already has nothing to do either: that is a roll-back, or a roll-out under way.
pub(super) async fn run(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
    }
    if !none_is_pending(tx).await? {
        Migrator::up(tx, None).await?;
    }
    insert_system_roles(tx).await?;
    let plan = Plan::built_in().map_err(|error| DbErr::Custom(error.to_string()))?;
    atlas::insert_missing(tx, &plan).await
}

async fn insert_system_roles(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    for (name, description) in SYSTEM_ROLES {
        let row = role::ActiveModel {
            name: Set((*name).to_owned()),
            description: Set((*description).to_owned()),
            system: Set(true),
        };
        role::Entity::insert(row)
            .on_conflict(OnConflict::column(role::Column::Name).do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Whether every step that this release knows has been applied. Steps of later releases do not matter: they only add
/// (CONTRIBUTING.md), and the replicas of this release serve on while the next one is rolled out, or back.
pub(super) async fn none_is_pending(db: impl IntoSchemaManagerConnection<'_>) -> Result<bool, DbErr> {
    let schema = SchemaManager::new(db);
    if !schema.has_table(Migrator::migration_table_name().to_string()).await? {
        return Ok(false);
    }
    let rows = seaql_migrations::Entity::find().all(schema.get_connection()).await?;
    let applied: HashSet<String> = rows.into_iter().map(|row| row.version).collect();
    Ok(Migrator::migrations().iter().all(|step| applied.contains(step.name())))
}
