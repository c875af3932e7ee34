//! Proofs of login e-mails, codes sent by mail, changes of addresses, and claims that expire. New columns are nullable:
//! a former release goes on inserting rows, and its logins are claims.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLES: [&str; 4] = ["mail_codes", "code_guesses", "email_changes", "claim_expiries"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, mut column) in
            [("user_logins", timestamp_with_time_zone_null("proved_at")), ("identities", text_null("vouched_login"))]
        {
            manager.alter_table(Table::alter().table(table).add_column(&mut column).to_owned()).await?;
        }
        for table in [mail_codes(), code_guesses(), email_changes(), claim_expiries()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("mail_codes_asker", "mail_codes", &["asker", "purpose"][..]),
            ("mail_codes_user_id", "mail_codes", &["user_id"]),
            ("mail_codes_expires_at", "mail_codes", &["expires_at"]),
            ("code_guesses_since", "code_guesses", &["since"]),
            ("email_changes_due_at", "email_changes", &["due_at"]),
            ("claim_expiries_due_at", "claim_expiries", &["due_at"]),
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
        for table in TABLES {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for (table, column) in [("user_logins", "proved_at"), ("identities", "vouched_login")] {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

/// No foreign key: a code for an address without an account has no user.
fn mail_codes() -> TableCreateStatement {
    Table::create()
        .table("mail_codes")
        .col(uuid("id").primary_key())
        .col(small_integer("purpose"))
        .col(uuid("asker"))
        .col(uuid_null("user_id"))
        .col(text("login"))
        .col(var_binary("code_mac", 32))
        .col(var_binary("link_mac", 32))
        .col(small_integer("tries").default(0))
        .col(timestamp_with_time_zone("sent_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("spent_at"))
        .to_owned()
}

fn code_guesses() -> TableCreateStatement {
    Table::create()
        .table("code_guesses")
        .col(uuid("subject"))
        .col(text("network"))
        .col(timestamp_with_time_zone("since"))
        .col(small_integer("wrong").default(0))
        .primary_key(Index::create().col("subject").col("network"))
        .to_owned()
}

fn email_changes() -> TableCreateStatement {
    Table::create()
        .table("email_changes")
        .col(uuid("user_id").primary_key())
        .col(uuid("session_id"))
        .col(text_null("old_login"))
        .col(text("new_login"))
        .col(timestamp_with_time_zone("asked_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("due_at"))
        .to_owned()
}

fn claim_expiries() -> TableCreateStatement {
    Table::create()
        .table("claim_expiries")
        .col(uuid("user_id").primary_key())
        .col(timestamp_with_time_zone("due_at"))
        .to_owned()
}
