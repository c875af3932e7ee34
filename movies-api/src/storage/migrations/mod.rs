//! How the tables came to be, step by step.

mod m0001_catalogue;

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
