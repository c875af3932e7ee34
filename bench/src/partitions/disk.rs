//! Exports of a region with cold caches of PostgreSQL and the operating system, as for a table larger than memory.

use std::process::{Command, Stdio};

use anyhow::Context;

use crate::measure::job;
use crate::people::People;
use crate::regions::{REGION, cells};
use crate::report::{Aim, Row};
use crate::server::{Db, Server};

const ROUNDS: usize = 3;
/// Files of accounts: tables, indexes and leaves.
const FILES: &str = "SELECT string_agg(pg_relation_filepath(oid), ' ') FROM pg_class \
                     WHERE relname LIKE 'users%' AND relkind IN ('r', 'i')";

/// Restarts the server for each round and drops its files from the page cache.
pub async fn export(server: &mut Server, people: &People) -> anyhow::Result<Vec<Row>> {
    let numbers = cells(people, REGION).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut rows = Vec::new();
    for (columns, what, aim) in [("*", "all columns", Some(Aim::Cheaper(8.0))), ("id", "ids", None)] {
        let query = format!("SELECT {columns} FROM users WHERE region = '{REGION}'");
        let by_cell = format!("{query} AND cell IN ({numbers})");
        let mut jobs = Vec::new();
        for _ in 0..ROUNDS {
            drop_caches(server).await?;
            let (plain, partitioned) = (server.connect("plain").await?, server.connect("partitioned").await?);
            warm(&plain).await?;
            warm(&partitioned).await?;
            let one = job(&plain, plain.copy_out(&query)).await?;
            jobs.push((one, job(&partitioned, partitioned.copy_out(&by_cell)).await?));
        }
        rows.push(Row::of_jobs(&format!("export of Saint Petersburg from disk: {what}"), &jobs, aim));
    }
    Ok(rows)
}

/// Plans on the table without reading rows, so that neither side pays for loading the catalogue cache.
async fn warm(db: &Db) -> anyhow::Result<()> {
    db.copy_out("SELECT * FROM users WHERE region = 'nowhere' AND cell = -1").await?;
    db.copy_out("SELECT * FROM users WHERE region = 'no' LIMIT 0").await
}

async fn drop_caches(server: &mut Server) -> anyhow::Result<()> {
    let mut files = Vec::new();
    for database in ["plain", "partitioned"] {
        let db = server.connect(database).await?;
        db.run("CHECKPOINT").await?;
        files.extend(db.value::<String>(FILES).await?.split_whitespace().map(str::to_owned));
    }
    server.restart(crate::LARGE_CACHE_KIB)?;
    for file in files {
        drop_from_cache(&server.data().join(file))?;
    }
    Ok(())
}

/// Drops a file from the page cache (`dd` with `iflag=nocache` and `count=0`). Tables beyond 1 GiB have further,
/// numbered files.
fn drop_from_cache(file: &std::path::Path) -> anyhow::Result<()> {
    let (folder, name) = (file.parent().context("a folder")?, file.file_name().context("a name")?.to_string_lossy());
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.file_name().to_string_lossy().into_owned();
        if found != name && !found.starts_with(&format!("{name}.")) {
            continue;
        }
        let input = format!("if={}", entry.path().display());
        let status = Command::new("dd").args([&input, "iflag=nocache", "count=0"]).stderr(Stdio::null()).status()?;
        anyhow::ensure!(status.success(), "dd cannot open {}", entry.path().display());
    }
    Ok(())
}
