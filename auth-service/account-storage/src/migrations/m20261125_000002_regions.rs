//! Regions, cells and age policies; the location of a sign-in; and on PostgreSQL partitions, if there is no account
//! yet.
//!
//! A database with accounts keeps its plain tables: every statement works on both, and `auth-service partitions
//! convert` converts them while the service runs.

use account_partitions::storage::Partitioned;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [regions(), cells(), region_cells(), age_policies(), maintenance_steps()] {
            manager.create_table(table).await?;
        }
        for column in [string_len_null("address", 45), string_len_null("region", 6)] {
            manager.alter_table(Table::alter().table("sign_ins").add_column(column).to_owned()).await?;
        }
        if manager.get_database_backend() == DbBackend::Sqlite {
            let mut index = Index::create();
            index.name("users_region_birth_date").table("users").col("region").col("birth_date");
            return manager.create_index(index).await;
        }
        let accounts = manager.get_connection().query_one_raw(any_account()).await?.is_some();
        if accounts { Ok(()) } else { partition(manager.get_connection()).await }
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["address", "region"] {
            manager.alter_table(Table::alter().table("sign_ins").drop_column(column).to_owned()).await?;
        }
        for table in ["maintenance_steps", "age_policies", "region_cells", "cells", "regions"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn any_account() -> sea_orm::Statement {
    sea_orm::Statement::from_string(DbBackend::Postgres, "SELECT 1 FROM user_directory LIMIT 1")
}

/// Replaces the empty tables. Foreign keys to the directory are dropped and added again.
async fn partition(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    const CHILDREN: [&str; 3] = ["sessions", "user_roles", "token_cutoffs"];
    for child in CHILDREN {
        db.execute_unprepared(&format!("ALTER TABLE {child} DROP CONSTRAINT {child}_user_id_fk")).await?;
    }
    for table in Partitioned::ALL {
        db.execute_unprepared(&table.replace_empty()).await?;
    }
    for child in CHILDREN {
        let key = format!(
            "ALTER TABLE {child} ADD CONSTRAINT {child}_user_id_fk FOREIGN KEY (user_id) \
             REFERENCES user_directory (user_id) ON DELETE CASCADE"
        );
        db.execute_unprepared(&key).await?;
    }
    Ok(())
}

fn regions() -> TableCreateStatement {
    Table::create()
        .table("regions")
        .col(string_len("code", 6).primary_key())
        .col(string_len("country", 2))
        .col(small_integer_null("utc_offset_minutes"))
        .to_owned()
}

fn cells() -> TableCreateStatement {
    Table::create()
        .table("cells")
        .col(small_integer("cell").primary_key())
        .col(string_len("country", 2))
        .col(text("note"))
        .to_owned()
}

fn region_cells() -> TableCreateStatement {
    let to = |column: &'static str, table: &'static str, key: &'static str| {
        let name = format!("region_cells_{column}_fk");
        ForeignKey::create().name(name).from("region_cells", column).to(table, key).to_owned()
    };
    Table::create()
        .table("region_cells")
        .col(string_len("region", 6))
        .col(small_integer("cell"))
        .col(boolean("open"))
        .primary_key(Index::create().col("region").col("cell"))
        .foreign_key(&mut to("region", "regions", "code"))
        .foreign_key(&mut to("cell", "cells", "cell"))
        .to_owned()
}

fn age_policies() -> TableCreateStatement {
    Table::create()
        .table("age_policies")
        .col(string_len("country", 2))
        .col(small_integer("rating"))
        .col(small_integer("min_age"))
        .primary_key(Index::create().col("country").col("rating"))
        .to_owned()
}

fn maintenance_steps() -> TableCreateStatement {
    Table::create()
        .table("maintenance_steps")
        .col(text("step").primary_key())
        .col(timestamp_with_time_zone("done_at"))
        .to_owned()
}
