//! How the tables came to be, step by step.

mod m0001_catalogue;

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::IntoSchemaManagerConnection;
use sea_orm_migration::prelude::*;

/// Brings a database to the present shape.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_catalogue::Migration)]
    }

    /// Not the default name: services that are pointed at one database by mistake must not read each other's steps.
    fn migration_table_name() -> DynIden {
        "catalogue_migrations".into_iden()
    }
}

impl Migrator {
    /// Whether every step that this release knows has been applied. Steps of later releases do not matter: they only
    /// add (CONTRIBUTING.md), and this release serves on while the next one is rolled out, or back.
    pub async fn is_done(db: impl IntoSchemaManagerConnection<'_>) -> Result<bool, DbErr> {
        let table = Self::migration_table_name();
        let schema = SchemaManager::new(db);
        if !schema.has_table(table.to_string()).await? {
            return Ok(false);
        }
        let names = Query::select().column("version").from(table).to_owned();
        let rows = schema.get_connection().query_all(&names).await?;
        let applied = rows.iter().map(|row| row.try_get("", "version")).collect::<Result<HashSet<String>, _>>()?;
        Ok(Self::migrations().iter().all(|step| applied.contains(step.name())))
    }
}
