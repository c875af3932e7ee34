//! Comparison of both tables.

use service_kit::database::DatabaseError;

use crate::mirror;
use crate::report::{Checksum, ConvertError, Step, Watch, report_step};
use crate::session::Session;

/// Compares the table in use with the other one in one snapshot, while writes to both continue.
pub(crate) async fn verify(session: &mut Session, watch: &mut Watch<'_>) -> Result<Checksum, ConvertError> {
    let table = session.table;
    report_step(table, watch, Step::Verifying)?;
    session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let compared = compare(session).await;
    session.run("ROLLBACK").await?; // read only
    let [live, other] = compared?;
    if live == other {
        Ok(live)
    } else {
        Err(ConvertError::Differs { table, difference: format!("{live} against {other}") })
    }
}

async fn compare(session: &mut Session) -> Result<[Checksum; 2], ConvertError> {
    let (table, copy, kept) = (session.table, session.table.copy(), session.table.kept());
    let other = format!("SELECT CASE WHEN to_regclass('{copy}') IS NULL THEN '{kept}' ELSE '{copy}' END");
    let other = session.text(&other).await?.unwrap_or_else(|| copy.into());
    let columns = shape(session, table.name()).await?;
    if columns != shape(session, &other).await? {
        return Err(ConvertError::Differs { table, difference: "their columns are not the same".into() });
    }
    let names = mirror::columns(session, table.name()).await?.join(", ");
    let live = checksum(session, table.name(), &names).await?;
    Ok([live, checksum(session, &other, &names).await?])
}

/// Names, types and collations of the columns: prepared statements must see no difference.
async fn shape(session: &mut Session, table: &str) -> Result<Option<String>, DatabaseError> {
    let sql = format!(
        "SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attcollation, attnotnull), ', ' \
             ORDER BY attnum) \
         FROM pg_attribute WHERE attrelid = to_regclass('{table}') AND attnum > 0 AND NOT attisdropped"
    );
    session.text(&sql).await
}

async fn checksum(session: &mut Session, table: &str, columns: &str) -> Result<Checksum, DatabaseError> {
    let sql =
        format!("SELECT count(*)::text, coalesce(sum(hash_record_extended(ROW({columns}), 0)), 0)::text FROM {table}");
    let row = session.rows(&sql).await?.into_iter().next().unwrap_or_default();
    let text = |index: usize| row.get(index).cloned().flatten().unwrap_or_default();
    Ok(Checksum { rows: text(0).parse().unwrap_or(0), sum: text(1) })
}
