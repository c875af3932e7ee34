//! OAuth clients that administrators define, and the client of each session. The new column has a default: a former release
//! goes on inserting rows, all of which are sessions of our own apps.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [oauth_clients(), oauth_client_secrets(), oauth_client_revision()] {
            manager.create_table(table).await?;
        }
        let first = "INSERT INTO oauth_client_revision (id, revision) VALUES (1, 1)";
        manager.get_connection().execute_unprepared(first).await?;
        let mut column = text("client_id").default("marquee").take();
        manager.alter_table(Table::alter().table("sessions").add_column(&mut column).to_owned()).await?;
        // Sessions of other clients are few beside those of our own apps.
        let index = "CREATE INDEX sessions_client_id ON sessions (client_id) WHERE client_id <> 'marquee'";
        manager.get_connection().execute_unprepared(index).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("sessions_client_id").table("sessions").to_owned()).await?;
        manager.alter_table(Table::alter().table("sessions").drop_column("client_id").to_owned()).await?;
        for table in ["oauth_client_revision", "oauth_client_secrets", "oauth_clients"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn oauth_clients() -> TableCreateStatement {
    Table::create()
        .table("oauth_clients")
        .col(text("id").primary_key())
        .col(boolean("confidential"))
        .col(text("grants"))
        .col(text("origins"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .to_owned()
}

fn oauth_client_secrets() -> TableCreateStatement {
    let mut client = ForeignKey::create()
        .name("oauth_client_secrets_client_id_fk")
        .from("oauth_client_secrets", "client_id")
        .to("oauth_clients", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    Table::create()
        .table("oauth_client_secrets")
        .col(text("client_id"))
        .col(var_binary("hash", 32))
        .col(timestamp_with_time_zone_null("until"))
        .primary_key(Index::create().col("client_id").col("hash"))
        .foreign_key(&mut client)
        .to_owned()
}

fn oauth_client_revision() -> TableCreateStatement {
    Table::create()
        .table("oauth_client_revision")
        .col(small_integer("id").primary_key())
        .col(big_integer("revision"))
        .to_owned()
}
