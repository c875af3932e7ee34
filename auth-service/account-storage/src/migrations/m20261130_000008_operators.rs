//! Acts of operators: audit events, and refilled budgets of guesses.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [audit_events(), user_unlocks()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("audit_events_at", "audit_events", &["at", "id"][..]),
            ("audit_events_user_id_at", "audit_events", &["user_id", "at", "id"]),
            ("audit_events_actor_id_at", "audit_events", &["actor_id", "at", "id"]),
            ("user_unlocks_at", "user_unlocks", &["at"]),
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
        for table in ["user_unlocks", "audit_events"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// Without foreign keys: an event outlives the accounts that it names.
fn audit_events() -> TableCreateStatement {
    Table::create()
        .table("audit_events")
        .col(uuid("id").primary_key())
        .col(timestamp_with_time_zone("at"))
        .col(uuid_null("actor_id"))
        .col(text("actor_name"))
        .col(small_integer("channel"))
        .col(text("action"))
        .col(uuid_null("user_id"))
        .col(text("subject"))
        .col(text("reason"))
        .col(string_len_null("address", 45))
        .col(string_len_null("request_id", 128))
        .col(text("outcome"))
        .to_owned()
}

fn user_unlocks() -> TableCreateStatement {
    Table::create()
        .table("user_unlocks")
        .col(uuid("user_id").primary_key())
        .col(timestamp_with_time_zone("at"))
        .foreign_key(
            ForeignKey::create()
                .name("user_unlocks_user_id_fk")
                .from("user_unlocks", "user_id")
                .to("user_directory", "user_id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
