//! Sign-in for apps by redirects (RFC 6749 §4.1): what clients need for it, scope and resource of sessions, and the codes that
//! were used. New columns have defaults: a former release goes on inserting rows.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const OF_CLIENTS: [&str; 4] = ["redirect_uris", "resources", "name_en", "name_ru"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in OF_CLIENTS {
            add(manager, "oauth_clients", text(name).default("").take()).await?;
        }
        add(manager, "oauth_clients", boolean("first_party").default(false).take()).await?;
        for name in ["scope", "resource"] {
            add(manager, "sessions", text_null(name)).await?;
        }
        add(manager, "device_authorizations", text_null("resource")).await?;
        manager.create_table(authorization_codes()).await?;
        let mut index = Index::create();
        index.name("authorization_codes_expires_at").table("authorization_codes").col("expires_at");
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("authorization_codes").to_owned()).await?;
        remove(manager, "device_authorizations", "resource").await?;
        for name in ["scope", "resource"] {
            remove(manager, "sessions", name).await?;
        }
        for name in OF_CLIENTS.into_iter().chain(["first_party"]) {
            remove(manager, "oauth_clients", name).await?;
        }
        Ok(())
    }
}

// One column at a time: SQLite's ALTER TABLE takes no more.
async fn add(manager: &SchemaManager<'_>, table: &'static str, mut column: ColumnDef) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(&mut column).to_owned()).await
}

async fn remove(manager: &SchemaManager<'_>, table: &'static str, column: &'static str) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await
}

fn authorization_codes() -> TableCreateStatement {
    Table::create()
        .table("authorization_codes")
        .col(uuid("id").primary_key())
        .col(uuid_null("session_id"))
        .col(timestamp_with_time_zone("expires_at"))
        .to_owned()
}
