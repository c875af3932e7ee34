//! Copying the rows that are older than the mirror, in key order.

use std::time::{Duration, Instant};

use account_partitions::AccountPartitions;
use chrono::{DateTime, Utc};
use service_kit::database::DatabaseError;

use crate::mirror::{self, COPYING};
use crate::names::PlainTable;
use crate::prepare;
use crate::report::{ConvertError, Step, Watch, report_step};
use crate::session::Session;
use crate::state::{COPIED, Position};

/// Pause after a batch that conflicted with another writer.
const PAUSE: Duration = Duration::from_millis(50);
/// Minimum size of a batch, even after many conflicts.
const MIN_BATCH: u32 = 100;

/// Rows copied by this run.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Copied {
    /// Rows read.
    pub rows: u64,
    /// Time taken.
    pub took: Duration,
}

/// Copies the rows after `position`, in batches that record their position, and gathers statistics at the end.
pub(crate) async fn copy(
    session: &mut Session,
    partitions: &AccountPartitions,
    now: DateTime<Utc>,
    mut position: Option<Position>,
    watch: &mut Watch<'_>,
) -> Result<Copied, ConvertError> {
    let (table, started) = (session.table, Instant::now());
    let columns = mirror::columns(session, table.name()).await?.join(", ");
    let estimate = estimate(session).await?;
    let before = position.as_ref().map_or(0, |position| position.rows);
    let (mut rows, mut size, mut failing_since) = (before, session.settings.batch, None);
    loop {
        let rate = (rows - before) as f64 / started.elapsed().as_secs_f64().max(0.001);
        report_step(table, watch, Step::Copying { rows, estimate: estimate.max(rows), rate })?;
        match batch(session, &columns, position.as_ref(), size).await {
            Ok(done) => {
                (rows, failing_since, size) = (rows + done.rows, None, (size * 2).min(session.settings.batch));
                match done.last {
                    Some(key) => position = Some(Position { rows, key }),
                    None => break,
                }
            }
            Err(error) => {
                session.run("ROLLBACK").await?;
                let since = *failing_since.get_or_insert_with(Instant::now);
                if since.elapsed() > session.settings.timeout {
                    return Err(error.into());
                }
                if error.is_missing_partition() {
                    prepare::create_leaves(session, partitions, now).await?; // for a cell or month added since the start
                } else if error.is_lock_timeout() {
                    size = (size / 2).max(MIN_BATCH.min(session.settings.batch));
                    tokio::time::sleep(PAUSE).await;
                } else {
                    return Err(error.into());
                }
            }
        }
    }
    let took = started.elapsed();
    // Plans for the partitioned table must be good from the first statement on.
    session.run(&format!("ANALYZE {copy}", copy = table.copy())).await?;
    session.run(&format!("COMMENT ON TABLE {} IS '{COPIED}'", table.copy())).await?;
    Ok(Copied { rows: rows - before, took })
}

/// One batch.
struct Batch {
    rows: u64,
    /// Its last key; `None` when no rows follow.
    last: Option<[String; 2]>,
}

/// Copies the next `size` rows. FOR SHARE makes it wait for concurrent changes of these rows, and such changes for it:
/// otherwise a row that moves between the read and the insert would reappear under its old key. The lock timeout is
/// short, because a writer may hold another row of the batch and wait for this one.
async fn batch(
    session: &mut Session,
    columns: &str,
    after: Option<&Position>,
    size: u32,
) -> Result<Batch, DatabaseError> {
    let (table, copy) = (session.table, session.table.copy());
    let [(first, _), (second, _)] = table.key();
    let begin = format!(
        "BEGIN; SET LOCAL lock_timeout = '{}ms'; SET LOCAL {COPYING} = 'on'; SET LOCAL synchronous_commit = off; \
         SET LOCAL enable_seqscan = off",
        session.settings.lock_timeout.as_millis()
    );
    session.run(&begin).await?;
    let lower = after.map(|position| format!("({first}, {second}) > {}", literal(table, &position.key)));
    let lower = lower.unwrap_or_else(|| "true".into());
    // The end of the batch is found first and without locks: a limit would cut by the keys after the wait.
    let end = format!(
        "SELECT {first}::text, {second}::text FROM {table} WHERE {lower} ORDER BY {first}, {second} OFFSET {} LIMIT 1",
        size.saturating_sub(1)
    );
    let end = session.rows(&end).await?.into_iter().next().map(|row| row.into_iter().flatten().collect::<Vec<_>>());
    let last: Option<[String; 2]> = end.and_then(|key| key.try_into().ok());
    let upper = last.as_ref().map(|key| format!("({first}, {second}) <= {}", literal(table, key)));
    let upper = upper.unwrap_or_else(|| "true".into());
    let insert = format!(
        "INSERT INTO {copy} ({columns}) SELECT {columns} FROM {table} WHERE {lower} AND {upper} \
         ORDER BY {first}, {second} FOR SHARE ON CONFLICT DO NOTHING"
    );
    let inserted = session.run(&insert).await?;
    let rows = if last.is_some() { u64::from(size) } else { inserted };
    if let Some(key) = &last {
        let so_far = after.map_or(0, |position| position.rows) + rows;
        let comment = Position { rows: so_far, key: key.clone() }.to_comment();
        session.run(&format!("COMMENT ON TABLE {copy} IS '{}'", comment.replace('\'', "''"))).await?;
    }
    session.run("COMMIT").await?;
    Ok(Batch { rows, last })
}

/// A key in SQL.
fn literal(table: PlainTable, key: &[String; 2]) -> String {
    let [(_, first), (_, second)] = table.key();
    let [a, b] = [&key[0], &key[1]].map(|text| text.replace('\'', "''"));
    format!("('{a}'::{first}, '{b}'::{second})")
}

async fn estimate(session: &mut Session) -> Result<u64, DatabaseError> {
    let sql =
        format!("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass('{}')", session.table);
    Ok(session.text(&sql).await?.and_then(|text| text.parse().ok()).unwrap_or(0))
}
