//! Migrations of the tables, step by step.

mod m0001_catalogue;

use sea_orm::{DatabaseTransaction, Statement};
use sea_orm_migration::prelude::*;

const TABLE: &str = "catalogue_migrations";

/// Migrates a database to the current version.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_catalogue::Migration)]
    }

    /// Not the default name: services that share a database by mistake must not read each other's steps.
    fn migration_table_name() -> DynIden {
        TABLE.into_iden()
    }
}

/// Applies missing steps. A database that a newer release has migrated is left as it is: releases only expand what the
/// previous one uses, and the migrator itself would reject it.
pub(super) async fn run(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    if all_applied(transaction).await? { Ok(()) } else { Migrator::up(transaction, None).await }
}

async fn all_applied(transaction: &DatabaseTransaction) -> Result<bool, DbErr> {
    if !SchemaManager::new(transaction).has_table(TABLE).await? {
        return Ok(false);
    }
    let statement = Statement::from_string(transaction.get_database_backend(), format!("SELECT version FROM {TABLE}"));
    let rows = transaction.query_all_raw(statement).await?;
    let applied = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<String>, _>>()?;
    Ok(Migrator::migrations().iter().all(|own| applied.iter().any(|version| version == own.name())))
}
