//! The two databases: `partitioned` is that of the service, `plain` that of a design without partitions.

use account_partitions::Month;
use anyhow::Context;
use chrono::{DateTime, Utc};

use crate::server::{Db, Server};

/// Months of history, the current one included.
pub const MONTHS: i32 = 12;
/// Months created by one call of `ensure_leaves`.
const MADE_TOGETHER: usize = 4;

/// Keys created after the rows on both sides, so sorted like those of a restored database.
const PARTITIONED_KEYS: &str = "
    ALTER TABLE sign_ins ADD CONSTRAINT sign_ins_pkey PRIMARY KEY (user_id, at);
    ALTER TABLE user_logins ADD CONSTRAINT user_logins_pkey PRIMARY KEY (kind, login);
    CREATE INDEX user_logins_user_id ON user_logins (user_id);
    CREATE INDEX users_region_birth_date ON users (region, birth_date);";
/// The plain design has no directories: the id and the e-mail are unique in `users`, and foreign keys refer to it. Its
/// table of logins is not part of the design: it shows the cost of two statements without partitions.
const PLAIN_KEYS: &str = "
    ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
    ALTER TABLE sign_ins ADD CONSTRAINT sign_ins_pkey PRIMARY KEY (user_id, at);
    ALTER TABLE user_logins ADD CONSTRAINT user_logins_pkey PRIMARY KEY (kind, login);
    ALTER TABLE sessions ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
    ALTER TABLE user_roles ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
    ALTER TABLE token_cutoffs ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
    CREATE UNIQUE INDEX users_email_norm ON users (email_norm);
    CREATE INDEX users_region_birth_date ON users (region, birth_date);";
const QUICKLY: &str = "SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 2;";

/// The month `ahead` of the one that `now` is in.
pub fn month(now: DateTime<Utc>, ahead: i32) -> anyhow::Result<Month> {
    Ok(Month::of(now).context("now is before the year 10000")?.plus(ahead))
}

/// The table of that month's sign-ins.
pub fn leaf(month: Month) -> String {
    format!("sign_ins_{month}")
}

/// Creates both databases, without rows.
pub async fn create(server: &Server, now: DateTime<Utc>) -> anyhow::Result<()> {
    let admin = server.connect("postgres").await?;
    for database in ["partitioned", "plain"] {
        admin.run(&format!("CREATE DATABASE {database}")).await?;
        server.connect(database).await?.store.migrate(now).await?;
    }
    let partitioned = server.connect("partitioned").await?;
    for back in (0..MONTHS).rev().step_by(MADE_TOGETHER) {
        partitioned.store.partitions().ensure_leaves(month(now, -back)?.start()).await?;
    }
    partitioned.run("ALTER TABLE sign_ins DROP CONSTRAINT sign_ins_pkey").await?;
    partitioned.run("ALTER TABLE user_logins DROP CONSTRAINT user_logins_pkey").await?;
    partitioned.run("DROP INDEX user_logins_user_id, users_region_birth_date").await?;
    let plain = server.connect("plain").await?;
    for table in ["users", "sign_ins", "user_logins"] {
        let like = format!("CREATE TABLE flat (LIKE {table} INCLUDING DEFAULTS INCLUDING STORAGE)");
        plain.run(&format!("{like}; DROP TABLE {table}; ALTER TABLE flat RENAME TO {table}")).await?;
    }
    plain.run("DROP TABLE user_directory CASCADE").await
}

/// Creates the keys, gathers statistics, and writes everything to disk.
pub async fn finish(server: &Server) -> anyhow::Result<()> {
    for (database, keys) in [("plain", PLAIN_KEYS), ("partitioned", PARTITIONED_KEYS)] {
        let db = server.connect(database).await?;
        db.run(QUICKLY).await?;
        db.run(keys).await?;
        db.run("VACUUM (ANALYZE)").await?;
    }
    checkpoint(&server.connect("plain").await?).await
}

/// Runs a checkpoint, so that no measured statement has to write dirty pages.
pub async fn checkpoint(db: &Db) -> anyhow::Result<()> {
    db.run("CHECKPOINT").await
}
