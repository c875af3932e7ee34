//! Permissions of roles, and the revision of both. Rows are inserted from the files of roles after the migrations.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [permissions(), role_permissions(), role_revision()] {
            manager.create_table(table).await?;
        }
        let mut index = Index::create();
        index.name("role_permissions_permission").table("role_permissions").col("permission");
        manager.create_index(index).await?;
        let first = "INSERT INTO role_revision (id, revision) VALUES (1, 1)";
        manager.get_connection().execute_unprepared(first).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["role_revision", "role_permissions", "permissions"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn permissions() -> TableCreateStatement {
    Table::create().table("permissions").col(text("name").primary_key()).col(text("description")).to_owned()
}

fn role_permissions() -> TableCreateStatement {
    let to = |column: &'static str, table: &'static str| {
        ForeignKey::create()
            .name(format!("role_permissions_{column}_fk"))
            .from("role_permissions", column)
            .to(table, "name")
            .on_delete(ForeignKeyAction::Cascade)
            .to_owned()
    };
    Table::create()
        .table("role_permissions")
        .col(text("role"))
        .col(text("permission"))
        .col(small_integer("origin").default(3))
        .primary_key(Index::create().col("role").col("permission"))
        .foreign_key(&mut to("role", "roles"))
        .foreign_key(&mut to("permission", "permissions"))
        .to_owned()
}

fn role_revision() -> TableCreateStatement {
    Table::create()
        .table("role_revision")
        .col(small_integer("id").primary_key())
        .col(big_integer("revision"))
        .to_owned()
}
