//! Device authorizations (RFC 8628), and the sessions that they open. The new column has a default: a former release goes on
//! inserting rows, of sessions with all roles.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(device_authorizations()).await?;
        for column in ["expires_at", "decided_at"] {
            let mut index = Index::create();
            index.name(format!("device_authorizations_{column}")).table("device_authorizations").col(column);
            manager.create_index(index).await?;
        }
        let mut column = boolean("viewer_only").default(false).take();
        manager.alter_table(Table::alter().table("sessions").add_column(&mut column).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("sessions").drop_column("viewer_only").to_owned()).await?;
        manager.drop_table(Table::drop().table("device_authorizations").to_owned()).await
    }
}

fn device_authorizations() -> TableCreateStatement {
    Table::create()
        .table("device_authorizations")
        .col(var_binary("device_hash", 32).primary_key())
        .col(var_binary("user_mac", 32).unique_key())
        .col(text("client_id"))
        .col(small_integer("device_kind"))
        .col(text("device_name"))
        .col(text_null("address"))
        .col(text_null("region"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(uuid_null("claimed_by"))
        .col(uuid_null("user_id"))
        .col(timestamp_with_time_zone_null("decided_at"))
        .col(boolean_null("approved"))
        .col(uuid_null("session_id"))
        .col(timestamp_with_time_zone_null("redeemed_at"))
        .to_owned()
}
