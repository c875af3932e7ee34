//! Phase of a conversion, read from the catalogue.

use crate::names::PlainTable;
use crate::report::ConvertError;
use crate::session::Session;

/// Prefix of the comment on the partitioned table.
const COMMENT_PREFIX: &str = "marquee copy";
/// The comment after copying is complete.
pub(crate) const COPIED: &str = "marquee copy|done";

/// Progress of copying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// Rows up to here.
    pub rows: u64,
    /// The key of the last of them, as text.
    pub key: [String; 2],
}

impl Position {
    /// Its form as a comment on the copy.
    pub fn to_comment(&self) -> String {
        format!("{COMMENT_PREFIX}|{}|{}|{}", self.rows, self.key[0], self.key[1])
    }

    fn parse(comment: &str) -> Option<Self> {
        let mut parts = comment.strip_prefix(COMMENT_PREFIX)?.strip_prefix('|')?.split('|');
        let rows = parts.next()?.parse().ok()?;
        let key = [parts.next()?.to_owned(), parts.next()?.to_owned()];
        parts.next().is_none().then_some(Self { rows, key })
    }
}

/// Phases of a conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
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

/// Conversion state read from the catalogue.
#[derive(Debug, Default)]
struct CatalogState {
    live: Option<String>,
    copy: bool,
    kept: bool,
    mirror: bool,
    mirror_back: bool,
    comment: Option<String>,
}

/// Reads the current phase of the table.
pub(crate) async fn read_phase(session: &mut Session) -> Result<Phase, ConvertError> {
    let table = session.table;
    let row = session.rows(&state_sql(table)).await?.into_iter().next().unwrap_or_default();
    let is = |index: usize| row.get(index).cloned().flatten().as_deref() == Some("true");
    let text = |index: usize| row.get(index).cloned().flatten();
    let state = CatalogState {
        live: text(0),
        copy: is(1),
        kept: is(2),
        mirror: is(3),
        mirror_back: is(4),
        comment: text(5).filter(|comment| comment.starts_with(COMMENT_PREFIX)),
    };
    decide(&state).ok_or(ConvertError::NoTable { table })
}

/// `None` when there is no such table.
fn decide(state: &CatalogState) -> Option<Phase> {
    let phase = match state.live.as_deref()? {
        "p" if !state.kept => Phase::Partitioned,
        "p" if state.mirror && state.mirror_back => Phase::Converted,
        "p" => Phase::Finishing,
        _ if !state.copy => Phase::Plain,
        _ if !state.mirror_back => Phase::Stale,
        _ => match state.comment.as_deref() {
            None => Phase::Copying { mirrored: state.mirror, position: None },
            Some(_) if !state.mirror => Phase::Stale,
            Some(COPIED) => Phase::Ready,
            Some(comment) => Phase::Copying { mirrored: true, position: Position::parse(comment) },
        },
    };
    Some(phase)
}

fn state_sql(table: PlainTable) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(live: &str, copy: bool, kept: bool, mirrors: (bool, bool), comment: Option<&str>) -> Option<Phase> {
        decide(&CatalogState {
            live: Some(live.into()),
            copy,
            kept,
            mirror: mirrors.0,
            mirror_back: mirrors.1,
            comment: comment.map(Into::into),
        })
    }

    #[test]
    fn a_copy_without_its_mirror_is_never_resumed() {
        let position = Position { rows: 9, key: ["a".into(), "b".into()] };
        let half = position.to_comment();
        for comment in [COPIED, &half] {
            assert_eq!(decided("r", true, false, (false, true), Some(comment)), Some(Phase::Stale));
        }
        assert_eq!(decided("r", true, false, (true, true), Some(COPIED)), Some(Phase::Ready));
        let copying = Phase::Copying { mirrored: true, position: Some(position) };
        assert_eq!(decided("r", true, false, (true, true), Some(&half)), Some(copying));
        let first = Phase::Copying { mirrored: false, position: None };
        assert_eq!(decided("r", true, false, (false, true), None), Some(first));
    }

    #[test]
    fn a_kept_table_that_missed_writes_is_not_reverted_to() {
        assert_eq!(decided("p", false, true, (true, true), None), Some(Phase::Converted));
        for mirrors in [(true, false), (false, true), (false, false)] {
            assert_eq!(decided("p", false, true, mirrors, None), Some(Phase::Finishing));
        }
        assert_eq!(decided("p", false, false, (false, false), None), Some(Phase::Partitioned));
    }
}
