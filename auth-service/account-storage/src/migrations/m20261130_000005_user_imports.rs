//! Progress of imports of accounts, written in the transaction of each batch: an interrupted import continues where it
//! was.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("user_imports")
            .col(text("file").primary_key())
            .col(big_integer("bytes").default(0))
            .col(big_integer("lines").default(0))
            .col(big_integer("imported").default(0))
            .col(big_integer("rejected").default(0))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("user_imports").to_owned()).await
    }
}
