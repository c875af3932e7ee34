//! The schema migrations.

mod m20261122_000001_accounts;
mod m20261125_000002_regions;
mod m20261125_000003_identities;
mod m20261129_000004_late_uses;
mod m20261130_000005_user_imports;
mod m20261130_000007_permissions;
mod m20261130_000008_operators;
mod m20261130_000009_addresses;
mod m20261130_000010_repeats;
mod m20261130_000011_oauth_clients;
mod m20261130_000012_device_authorizations;
mod m20261130_000013_authorizations;

use account_partitions::Plan;
use account_partitions::storage::insert_missing_regions;
use accounts::RoleDefinitions;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager, seaql_migrations};

use super::role_files;

/// "marquee!" as a number: an advisory lock used only here.
const MIGRATION_LOCK: i64 = 0x6d61_7271_7565_6521;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_accounts::Migration),
            Box::new(m20261125_000002_regions::Migration),
            Box::new(m20261125_000003_identities::Migration),
            Box::new(m20261129_000004_late_uses::Migration),
            Box::new(m20261130_000005_user_imports::Migration),
            Box::new(outbox::Migration), // m20261130_000006_mails
            Box::new(m20261130_000007_permissions::Migration),
            Box::new(m20261130_000008_operators::Migration),
            Box::new(m20261130_000009_addresses::Migration),
            Box::new(m20261130_000010_repeats::Migration),
            Box::new(m20261130_000011_oauth_clients::Migration),
            Box::new(m20261130_000012_device_authorizations::Migration),
            Box::new(m20261130_000013_authorizations::Migration),
        ]
    }
}

/// Applies pending migrations. Everything happens in `tx`, so that a second process waits for the lock (on SQLite for
/// the write lock of `tx`) and then finds nothing pending. Then the rows of every installation are inserted.
pub(super) async fn run(tx: &DatabaseTransaction, roles: &RoleDefinitions, now: DateTime<Utc>) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        // Waiting for another replica, and a migration itself, may take longer than the limit of a request.
        let turn = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'";
        tx.execute_unprepared(&format!("{turn}; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
    }
    if !all_applied(&SchemaManager::new(tx)).await? {
        Migrator::up(tx, None).await?;
    }
    role_files::install(tx, roles, now).await?;
    let plan = Plan::built_in().map_err(|error| DbErr::Custom(error.to_string()))?;
    insert_missing_regions(tx, &plan).await
}

/// `true` when no migration is pending.
pub(super) async fn none_is_pending(db: &DatabaseConnection) -> Result<bool, DbErr> {
    all_applied(&SchemaManager::new(db)).await
}

/// `true` when every migration of this build has been applied. Additional migrations of a newer release do not matter:
/// releases only expand what the previous one uses, and its replicas continue to serve until they are replaced. The
/// migrator's own list of pending ones would be an error then.
async fn all_applied(schema: &SchemaManager<'_>) -> Result<bool, DbErr> {
    if !schema.has_table("seaql_migrations").await? {
        return Ok(false);
    }
    let applied = seaql_migrations::Entity::find().all(schema.get_connection()).await?;
    Ok(Migrator::migrations().iter().all(|own| applied.iter().any(|known| known.version == own.name())))
}
