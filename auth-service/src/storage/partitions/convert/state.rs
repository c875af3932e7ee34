//! Phase of a conversion, read from the catalogue.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::names::PlainTable;
use super::report::ConvertError;
use super::session::Session;
use crate::storage::error::StorageError;

/// Prefix of the comment on the partitioned table.
const NOTE: &str = "marquee copy";
/// The comment after copying is complete.
pub(super) const COPIED: &str = "marquee copy|done";

/// Progress of copying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    /// Rows up to here.
    pub rows: u64,
    /// The key of the last of them, as text.
    pub key: [String; 2],
}

impl Position {
    /// Its form as a comment on the copy.
    pub fn note(&self) -> String {
        format!("{NOTE}|{}|{}|{}", self.rows, self.key[0], self.key[1])
    }

    fn parse(note: &str) -> Option<Self> {
        let mut parts = note.strip_prefix(NOTE)?.strip_prefix('|')?.split('|');
        let rows = parts.next()?.parse().ok()?;
        let key = [parts.next()?.to_owned(), parts.next()?.to_owned()];
        parts.next().is_none().then_some(Self { rows, key })
    }
}

/// Phases of a conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    /// Plain; no conversion has begun.
    Plain,
    /// Plain; the copy has missed writes.
    Stale,
    /// Plain; rows are being copied.
    Copying {
        /// `true` when writes are repeated in the copy.
        mirrored: bool,
        /// Position to resume from; `None` for the beginning.
        position: Option<Position>,
    },
    /// Plain; the copy is complete and mirrored.
    Ready,
    /// Partitioned; the plain table is kept and mirrored.
    Converted,
    /// Partitioned; the plain table exists and has missed writes.
    Finishing,
    /// Partitioned; the plain table was dropped.
    Partitioned,
}

/// Facts read from the catalogue.
#[derive(Debug, Default)]
struct Facts {
    live: Option<String>,
    copy: bool,
    kept: bool,
    mirror: bool,
    mirror_back: bool,
    note: Option<String>,
}

/// Reads the phase.
pub(super) async fn phase(session: &mut Session) -> Result<Phase, ConvertError> {
    let table = session.table;
    let row = session.rows(&facts_sql(table)).await?.into_iter().next().unwrap_or_default();
    let is = |index: usize| row.get(index).cloned().flatten().as_deref() == Some("true");
    let text = |index: usize| row.get(index).cloned().flatten();
    let facts = Facts {
        live: text(0),
        copy: is(1),
        kept: is(2),
        mirror: is(3),
        mirror_back: is(4),
        note: text(5).filter(|note| note.starts_with(NOTE)),
    };
    decide(&facts).ok_or(ConvertError::NoTable { table })
}

/// `None` when there is no such table.
fn decide(facts: &Facts) -> Option<Phase> {
    let phase = match facts.live.as_deref()? {
        "p" if !facts.kept => Phase::Partitioned,
        "p" if facts.mirror && facts.mirror_back => Phase::Converted,
        "p" => Phase::Finishing,
        _ if !facts.copy => Phase::Plain,
        _ if !facts.mirror_back => Phase::Stale,
        _ => match facts.note.as_deref() {
            None => Phase::Copying { mirrored: facts.mirror, position: None },
            Some(_) if !facts.mirror => Phase::Stale,
            Some(COPIED) => Phase::Ready,
            Some(note) => Phase::Copying { mirrored: true, position: Position::parse(note) },
        },
    };
    Some(phase)
}

fn facts_sql(table: PlainTable) -> String {
    let (live, copy, kept) = (table.name(), table.copy(), table.kept());
    let (mirror, back) = (table.mirror(), table.mirror_back());
    format!(
        "WITH kind AS (SELECT oid, relname, relkind FROM pg_class \
             WHERE oid IN (to_regclass('{live}'), to_regclass('{copy}'), to_regclass('{kept}'))), \
         mirrors AS (SELECT tgname, relname FROM pg_trigger JOIN kind ON tgrelid = kind.oid WHERE tgenabled IN ('O', 'A')) \
         SELECT (SELECT relkind::text FROM kind WHERE relname = '{live}'), \
             EXISTS (SELECT FROM kind WHERE relname = '{copy}' AND relkind = 'p')::text, \
             EXISTS (SELECT FROM kind WHERE relname = '{kept}' AND relkind = 'r')::text, \
             EXISTS (SELECT FROM mirrors JOIN kind USING (relname) WHERE tgname = '{mirror}' AND relkind = 'r')::text, \
             EXISTS (SELECT FROM mirrors JOIN kind USING (relname) WHERE tgname = '{back}' AND relkind = 'p')::text, \
             obj_description(to_regclass('{copy}'), 'pg_class')"
    )
}

pub(super) async fn is_converting(db: &impl ConnectionTrait, table: PlainTable) -> Result<bool, StorageError> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(false);
    }
    let sql = "SELECT 1 WHERE to_regclass($1) IS NOT NULL OR to_regclass($2) IS NOT NULL";
    let statement =
        Statement::from_sql_and_values(DbBackend::Postgres, sql, [table.copy().into(), table.kept().into()]);
    Ok(db.query_one_raw(statement).await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(live: &str, copy: bool, kept: bool, mirrors: (bool, bool), note: Option<&str>) -> Option<Phase> {
        decide(&Facts {
            live: Some(live.into()),
            copy,
            kept,
            mirror: mirrors.0,
            mirror_back: mirrors.1,
            note: note.map(Into::into),
        })
    }

    #[test]
    fn a_copy_without_its_mirror_is_never_resumed() {
        let position = Position { rows: 9, key: ["a".into(), "b".into()] };
        let half = position.note();
        for note in [COPIED, &half] {
            assert_eq!(facts("r", true, false, (false, true), Some(note)), Some(Phase::Stale));
        }
        assert_eq!(facts("r", true, false, (true, true), Some(COPIED)), Some(Phase::Ready));
        let copying = Phase::Copying { mirrored: true, position: Some(position) };
        assert_eq!(facts("r", true, false, (true, true), Some(&half)), Some(copying));
        let first = Phase::Copying { mirrored: false, position: None };
        assert_eq!(facts("r", true, false, (false, true), None), Some(first));
    }

    #[test]
    fn a_kept_table_that_missed_writes_is_not_reverted_to() {
        assert_eq!(facts("p", false, true, (true, true), None), Some(Phase::Converted));
        for mirrors in [(true, false), (false, true), (false, false)] {
            assert_eq!(facts("p", false, true, mirrors, None), Some(Phase::Finishing));
        }
        assert_eq!(facts("p", false, false, (false, false), None), Some(Phase::Partitioned));
    }
}
