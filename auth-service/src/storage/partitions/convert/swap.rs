//! Swap of the names of the two tables, their keys and indexes.

use super::report::{ConvertError, LockTimes, Watch};
use super::session::{Locked, Session};

/// Puts the partitioned table in use.
pub(super) async fn to_partitioned(session: &mut Session, watch: &mut Watch<'_>) -> Result<LockTimes, ConvertError> {
    let table = session.table;
    exchange(session, table.kept(), table.copy(), watch).await
}

/// Puts the plain table in use.
pub(super) async fn to_plain(session: &mut Session, watch: &mut Watch<'_>) -> Result<LockTimes, ConvertError> {
    let table = session.table;
    exchange(session, table.copy(), table.kept(), watch).await
}

/// Renames the table in use to `leaves` and `enters` to the name in use. Statements waiting for the lock resolve the
/// name again and find the other table; prepared statements are planned again. Partitions need no lock: they are
/// accessed only through their parent.
async fn exchange(
    session: &mut Session,
    leaves: &str,
    enters: &str,
    watch: &mut Watch<'_>,
) -> Result<LockTimes, ConvertError> {
    let (live, partitioned) = (session.table.name(), session.table.partitioned());
    let work = format!(
        "ALTER TABLE {live} RENAME TO {leaves}; {away} ALTER TABLE {enters} RENAME TO {live}; {back}",
        away = partitioned.rename_keys(live, leaves),
        back = partitioned.rename_keys(enters, live),
    );
    let lock = format!("LOCK TABLE ONLY {live}, ONLY {enters} IN ACCESS EXCLUSIVE MODE");
    session.locked(&Locked { lock: &lock, work: &work, harmless: "''" }, watch).await
}
