//! Identities at social providers, consumed one-time values, and the history of accounts.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [identities(), spent_tickets(), account_events()] {
            manager.create_table(table).await?;
        }
        let unique = Index::create().name("identities_id").table("identities").col("id").unique().to_owned();
        manager.create_index(unique).await?;
        for (name, table, columns) in [
            ("identities_user_id", "identities", &["user_id"][..]),
            ("spent_tickets_expires_at", "spent_tickets", &["expires_at"]),
            ("account_events_user_id_at", "account_events", &["user_id", "at"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["account_events", "spent_tickets", "identities"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn identities() -> TableCreateStatement {
    Table::create()
        .table("identities")
        .col(text("provider"))
        .col(text("subject"))
        .col(uuid("id"))
        .col(uuid("user_id"))
        .col(text("label"))
        .col(timestamp_with_time_zone("linked_at"))
        .col(timestamp_with_time_zone_null("last_used_at"))
        .col(blob("sealed_grant"))
        .primary_key(Index::create().col("provider").col("subject"))
        .foreign_key(&mut to_directory("identities"))
        .to_owned()
}

fn spent_tickets() -> TableCreateStatement {
    Table::create()
        .table("spent_tickets")
        .col(uuid("id").primary_key())
        .col(timestamp_with_time_zone("expires_at"))
        .to_owned()
}

fn account_events() -> TableCreateStatement {
    Table::create()
        .table("account_events")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(timestamp_with_time_zone("at"))
        .col(small_integer("kind"))
        .col(text("subject"))
        .col(string_len_null("address", 45))
        .foreign_key(&mut to_directory("account_events"))
        .to_owned()
}

/// Child tables refer to the directory, never to `users`.
fn to_directory(child: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{child}_user_id_fk"))
        .from(child, "user_id")
        .to("user_directory", "user_id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
