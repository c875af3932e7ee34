//! The outbox of mails, and the number of mails by day.

use sea_orm_migration::sea_orm::ConnectionTrait;
use sea_orm_migration::{prelude::*, schema::*};

/// Creates `mails` and `mail_days`.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(mails()).await?;
        manager.create_table(mail_days()).await?;
        // A partial index holds the few rows that wait, not those of the last day. Both databases read this statement.
        let waiting = "CREATE INDEX mails_waiting ON mails (priority, due_at) WHERE done_at IS NULL";
        manager.get_connection().execute_unprepared(waiting).await?;
        for (name, columns) in
            [("mails_address_key_created_at", &["address_key", "created_at"][..]), ("mails_done_at", &["done_at"])]
        {
            let mut index = Index::create();
            index.name(name).table("mails");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["mail_days", "mails"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn mails() -> TableCreateStatement {
    Table::create()
        .table("mails")
        .col(uuid("id").primary_key())
        .col(var_binary("address_key", 16))
        .col(big_integer("domain_key"))
        .col(small_integer("kind"))
        .col(small_integer("priority"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone("due_at"))
        .col(small_integer("attempts").default(0))
        .col(timestamp_with_time_zone_null("done_at"))
        .col(small_integer_null("outcome"))
        .col(blob("sealed"))
        .to_owned()
}

fn mail_days() -> TableCreateStatement {
    Table::create()
        .table("mail_days")
        .col(big_integer("day").primary_key())
        .col(big_integer("mails").default(0))
        .to_owned()
}
