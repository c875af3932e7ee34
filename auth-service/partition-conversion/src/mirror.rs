//! Triggers that repeat each write in the other table.
//!
//! Two per pair, during the whole conversion: from the plain table to the partitioned one, and back. Each repeats
//! direct writes only, never those of the other trigger. They refer to their target by its name while their own table
//! is in use, so they stay correct after the names are swapped.

use service_kit::database::DatabaseError;

use crate::names::PlainTable;
use crate::report::{ConvertError, Watch};
use crate::session::{LockedStep, Session};

/// Set in transactions that copy rows: their writes come from the other table.
pub(crate) const COPYING: &str = "marquee.copying";

/// Names of the columns, in order.
pub(crate) async fn columns(session: &mut Session, table: &str) -> Result<Vec<String>, DatabaseError> {
    let sql = format!(
        "SELECT quote_ident(attname) FROM pg_attribute \
         WHERE attrelid = to_regclass('{table}') AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    );
    Ok(session.rows(&sql).await?.into_iter().flatten().flatten().collect())
}

/// SQL that creates both functions. Their bodies qualify tables with the schema `schema`, so that writers need not have
/// it in the search path.
pub(crate) fn functions(table: PlainTable, schema: &str, columns: &[String]) -> String {
    let to = |function: &str, target: &str| function_sql(table, function, &format!("{schema}.{target}"), columns);
    to(table.mirror(), table.copy()) + &to(table.mirror_back(), table.kept())
}

fn function_sql(table: PlainTable, function: &str, target: &str, columns: &[String]) -> String {
    let keys = table.key().map(|(name, _)| name);
    let [first, second] = keys;
    let all = columns.join(", ");
    let new = columns.iter().map(|name| format!("NEW.{name}")).collect::<Vec<_>>().join(", ");
    let rest = columns.iter().filter(|name| !keys.contains(&name.as_str()));
    let set = rest.map(|name| format!("{name} = excluded.{name}")).collect::<Vec<_>>().join(", ");
    format!(
        "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $mirror$\n\
         BEGIN\n\
           IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (OLD.{first}, OLD.{second}) <> (NEW.{first}, NEW.{second})) THEN\n\
             DELETE FROM {target} WHERE {first} = OLD.{first} AND {second} = OLD.{second};\n\
           END IF;\n\
           IF TG_OP <> 'DELETE' THEN\n\
             INSERT INTO {target} ({all}) VALUES ({new}) ON CONFLICT ({first}, {second}) DO UPDATE SET {set};\n\
           END IF;\n\
           RETURN NULL;\n\
         END $mirror$;\n"
    )
}

/// SQL that creates the trigger on the partitioned table. Leaves attached later inherit it.
pub(crate) fn trigger_back(table: PlainTable) -> String {
    format!(
        "CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {copy} FOR EACH ROW \
         WHEN (pg_trigger_depth() = 0 AND current_setting('{COPYING}', true) IS DISTINCT FROM 'on') \
         EXECUTE FUNCTION {name}();\n",
        name = table.mirror_back(),
        copy = table.copy(),
    )
}

/// Creates the trigger on the plain table. The lock waits for every transaction that has written to it, so all writes
/// made without the trigger are visible to the copy.
pub(crate) async fn install(session: &mut Session, watch: &mut Watch<'_>) -> Result<(), ConvertError> {
    let (table, name) = (session.table, session.table.mirror());
    let work = format!(
        "DROP TRIGGER IF EXISTS {name} ON {table}; \
         CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW \
         WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION {name}()"
    );
    let lock = format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE");
    let step = LockedStep { lock: &lock, work: &work, compatible: "'AccessShareLock', 'RowShareLock'" };
    session.locked(&step, watch).await.map(drop)
}
