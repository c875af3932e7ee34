//! The empty copy: its preconditions and its creation.

use std::collections::BTreeSet;

use account_partitions::storage::LeafDefinition;
use account_partitions::{AccountPartitions, Cell, Month};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::mirror;
use crate::names::PlainTable;
use crate::report::ConvertError;
use crate::session::Session;

/// Maximum number of leaves. More would slow every statement down; so many different values are a mistake in the data.
const MAX_LEAVES: usize = 600;

/// Checks that the table can be swapped: by its owner, and without dependent objects, which would stay with the plain
/// table.
pub(crate) async fn check(session: &mut Session) -> Result<(), ConvertError> {
    let table = session.table;
    let owner = format!(
        "SELECT pg_get_userbyid(relowner) FROM pg_class \
         WHERE oid = to_regclass('{table}') AND pg_get_userbyid(relowner) <> current_user"
    );
    if let Some(owner) = session.text(&owner).await? {
        return Err(ConvertError::NotOwner { table, owner });
    }
    let dependents = format!(
        "SELECT string_agg(what, ', ' ORDER BY what) FROM ( \
             SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgrelid = to_regclass('{table}') AND NOT tgisinternal \
             UNION ALL SELECT 'foreign key ' || conname FROM pg_constraint \
                 WHERE contype = 'f' AND to_regclass('{table}') IN (conrelid, confrelid) \
             UNION ALL SELECT DISTINCT 'view ' || ev_class::regclass FROM pg_rewrite JOIN pg_depend \
                 ON classid = 'pg_rewrite'::regclass AND objid = pg_rewrite.oid WHERE refobjid = to_regclass('{table}') \
             UNION ALL SELECT 'policy ' || polname FROM pg_policy WHERE polrelid = to_regclass('{table}') \
             UNION ALL SELECT 'publication ' || pubname FROM pg_publication_rel JOIN pg_publication \
                 ON pg_publication.oid = prpubid WHERE prrelid = to_regclass('{table}')) AS dependents (what)"
    );
    match session.text(&dependents).await? {
        Some(what) => Err(ConvertError::Entangled { table, what }),
        None => Ok(()),
    }
}

/// Creates the copy with its key, index, privileges and mirrors, atomically. Columns have the same order and types, so
/// prepared statements of clients continue to work.
pub(crate) async fn create_copy(session: &mut Session) -> Result<(), ConvertError> {
    let (table, copy) = (session.table, session.table.copy());
    let columns = mirror::columns(session, table.name()).await?;
    let schema = format!(
        "SELECT quote_ident(nspname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
         WHERE pg_class.oid = to_regclass('{table}')"
    );
    let schema = session.text(&schema).await?.unwrap_or_else(|| "public".into());
    let grants = grants(session).await?;
    let partitioned = table.partitioned();
    let sql = format!(
        "BEGIN;\n{create}{keys}{functions}{trigger}{grants}COMMIT",
        create = partitioned.create_like(copy, table.name()),
        keys = partitioned.create_keys(copy),
        functions = mirror::functions(table, &schema, &columns),
        trigger = mirror::trigger_back(table),
    );
    match session.run(&sql).await {
        Ok(_) => Ok(()),
        Err(error) => {
            session.run("ROLLBACK").await?;
            Err(error.into())
        }
    }
}

/// Privileges of roles other than the owner, copied to the copy.
async fn grants(session: &mut Session) -> Result<String, ConvertError> {
    let (table, copy) = (session.table, session.table.copy());
    let sql = format!(
        "SELECT string_agg(format('GRANT %s ON {copy} TO %s%s;', privilege_type, \
             CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, \
             CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), ' ') \
         FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = to_regclass('{table}') AND grantee <> relowner"
    );
    Ok(session.text(&sql).await?.unwrap_or_default())
}

/// Creates the leaves for all cells or months of the data, and those that the service will need next.
pub(crate) async fn create_leaves(
    session: &mut Session,
    partitions: &AccountPartitions,
    now: DateTime<Utc>,
) -> Result<(), ConvertError> {
    let table = session.table;
    let leaves: Vec<LeafDefinition> = match table {
        PlainTable::Users => {
            let mut cells: BTreeSet<Cell> = partitions.list_cells().await?.into_keys().collect();
            for number in values(session, "cell").await? {
                cells.insert(cell(&number).ok_or(ConvertError::NoPlace { table, what: format!("cell {number}") })?);
            }
            cells.into_iter().map(|cell| LeafDefinition::of_cell(table.name(), cell)).collect()
        }
        PlainTable::SignIns => {
            let mut months: BTreeSet<Month> = partitions.policy().window(now).collect();
            for day in values(session, "(date_trunc('month', at AT TIME ZONE 'UTC'))::date").await? {
                months.insert(month(&day).ok_or(ConvertError::NoPlace { table, what: format!("the time {day}") })?);
            }
            months.into_iter().map(|month| LeafDefinition::of_month(table.name(), month)).collect()
        }
    };
    if leaves.len() > MAX_LEAVES {
        return Err(ConvertError::NoPlace { table, what: format!("{} different values", leaves.len()) });
    }
    for leaf in leaves {
        leaf.ensure(partitions.database()).await?;
    }
    Ok(())
}

/// Distinct values of an expression, at most one more than the maximum number of leaves.
async fn values(session: &mut Session, expression: &str) -> Result<Vec<String>, ConvertError> {
    let table = session.table;
    let sql = format!("SELECT DISTINCT ({expression})::text FROM {table} LIMIT {}", MAX_LEAVES + 1);
    Ok(session.rows(&sql).await?.into_iter().flatten().flatten().collect())
}

/// Leaf names allow non-negative numbers only.
fn cell(number: &str) -> Option<Cell> {
    number.parse().ok().filter(|number| *number >= 0).map(Cell::new)
}

fn month(first_day: &str) -> Option<Month> {
    let day: NaiveDate = first_day.parse().ok()?;
    Month::of(day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_without_a_possible_partition_are_detected() {
        assert_eq!(cell("7"), Some(Cell::new(7)));
        assert_eq!(cell("-1"), None);
        assert_eq!(month("2026-11-01").map(|month| month.to_string()).as_deref(), Some("202611"));
        for invalid in ["infinity", "0044-03-01 BC", "12026-11-01", "1969-12-01"] {
            assert_eq!(month(invalid), None, "{invalid}");
        }
    }
}
