//! Disk space: tables with their indexes.

use crate::report::Row;
use crate::server::{Db, Server};

/// Accounts, accounts with their directories, and the history.
pub async fn measure(server: &Server) -> anyhow::Result<Vec<Row>> {
    let (plain, partitioned) = (server.connect("plain").await?, server.connect("partitioned").await?);
    let mut rows = Vec::new();
    for (subject, here, there) in [
        ("disk: accounts alone", &["users"][..], &["users"][..]),
        ("disk: accounts with their directories", &["users"], &["users", "user_logins", "user_directory"]),
        ("disk: history", &["sign_ins"], &["sign_ins"]),
    ] {
        let sizes = (mebibytes(&plain, here).await?, mebibytes(&partitioned, there).await?);
        rows.push(Row::of_figures(subject, sizes.0, sizes.1, "MiB", None));
    }
    Ok(rows)
}

async fn mebibytes(db: &Db, tables: &[&str]) -> anyhow::Result<f64> {
    let mut sum = 0.0;
    for table in tables {
        // A table that is not partitioned is the only member of its tree, but is listed only since PostgreSQL 14.3.
        let leaves = format!(
            "SELECT coalesce(sum(pg_total_relation_size(relid)), pg_total_relation_size('{table}'))::float8 \
             FROM pg_partition_tree('{table}')"
        );
        sum += db.value::<f64>(&leaves).await?;
    }
    Ok(sum / f64::from(1 << 20))
}
