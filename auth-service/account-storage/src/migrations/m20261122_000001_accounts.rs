//! Accounts, logins, sessions, sign-ins and roles, with keys that allow partitions later.
//!
//! Per-user cut-offs are a table of their own rather than a column of `users`: every replica polls the newest ones once
//! a second without knowing their users, and such a statement on `users` would search every partition.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in
            [users(), user_directory(), user_logins(), sign_ins(), sessions(), roles(), user_roles(), cutoffs()]
        {
            manager.create_table(table).await?;
        }
        for (name, table, column) in [
            ("user_logins_user_id", "user_logins", "user_id"),
            ("sessions_user_id", "sessions", "user_id"),
            ("sessions_ended_at", "sessions", "ended_at"),
            ("user_roles_role", "user_roles", "role"),
            ("token_cutoffs_at", "token_cutoffs", "at"),
        ] {
            manager.create_index(Index::create().name(name).table(table).col(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in
            ["token_cutoffs", "user_roles", "roles", "sessions", "sign_ins", "user_logins", "user_directory", "users"]
        {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// The id comes first in the key: a key that begins with the partition column makes every look-up by id a scan.
fn users() -> TableCreateStatement {
    Table::create()
        .table("users")
        .col(uuid("id"))
        .col(small_integer("cell"))
        .col(string_len_null("region", 6))
        .col(date_null("birth_date"))
        .col(text_null("email_norm"))
        .col(text_null("password_hash"))
        .col(text("display_name"))
        .col(small_integer("status"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("id").col("cell"))
        .to_owned()
}

fn user_directory() -> TableCreateStatement {
    Table::create()
        .table("user_directory")
        .col(uuid("user_id").primary_key())
        .col(small_integer("cell"))
        .col(small_integer("state"))
        .col(timestamp_with_time_zone_null("moved_at"))
        .to_owned()
}

fn user_logins() -> TableCreateStatement {
    Table::create()
        .table("user_logins")
        .col(small_integer("kind"))
        .col(text("login"))
        .col(uuid("user_id"))
        .col(small_integer("cell"))
        .primary_key(Index::create().col("kind").col("login"))
        .to_owned()
}

fn sign_ins() -> TableCreateStatement {
    Table::create()
        .table("sign_ins")
        .col(uuid("user_id"))
        .col(timestamp_with_time_zone("at"))
        .col(small_integer("device"))
        .col(small_integer("method"))
        .col(small_integer("result"))
        .col(uuid_null("session_id"))
        .primary_key(Index::create().col("user_id").col("at"))
        .to_owned()
}

fn sessions() -> TableCreateStatement {
    Table::create()
        .table("sessions")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(small_integer("cell"))
        .col(small_integer("device_kind"))
        .col(text("device_name"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("last_used_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(small_integer_null("end_reason"))
        .col(integer("refresh_generation"))
        .col(var_binary("refresh_hash", 32))
        .col(var_binary_null("previous_hash", 32))
        .col(timestamp_with_time_zone("rotated_at"))
        .foreign_key(&mut to_directory("sessions"))
        .to_owned()
}

fn roles() -> TableCreateStatement {
    Table::create()
        .table("roles")
        .col(text("name").primary_key())
        .col(text("description"))
        .col(boolean("system"))
        .to_owned()
}

fn user_roles() -> TableCreateStatement {
    Table::create()
        .table("user_roles")
        .col(uuid("user_id"))
        .col(text("role"))
        .primary_key(Index::create().col("user_id").col("role"))
        .foreign_key(&mut to_directory("user_roles"))
        .foreign_key(
            ForeignKey::create()
                .name("user_roles_role_fk")
                .from("user_roles", "role")
                .to("roles", "name")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}

fn cutoffs() -> TableCreateStatement {
    Table::create()
        .table("token_cutoffs")
        .col(uuid("user_id").primary_key())
        .col(big_integer("version"))
        .col(timestamp_with_time_zone("at"))
        .foreign_key(&mut to_directory("token_cutoffs"))
        .to_owned()
}

/// Child tables refer to the directory, never to `users`: a foreign key to a partitioned table creates hundreds of
/// triggers and prevents partitions from being detached.
fn to_directory(child: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{child}_user_id_fk"))
        .from(child, "user_id")
        .to("user_directory", "user_id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
