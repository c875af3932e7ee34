//! Swap of the names of the two tables, their keys and indexes.

use crate::report::{ConvertError, LockTimes, Watch};
use crate::session::{LockedStep, Session};

/// Puts the partitioned table in use.
pub(crate) async fn to_partitioned(session: &mut Session, watch: &mut Watch<'_>) -> Result<LockTimes, ConvertError> {
    let table = session.table;
    exchange(session, table.kept(), table.copy(), watch).await
}

/// Puts the plain table in use.
pub(crate) async fn to_plain(session: &mut Session, watch: &mut Watch<'_>) -> Result<LockTimes, ConvertError> {
    let table = session.table;
    exchange(session, table.copy(), table.kept(), watch).await
}

/// Renames the table in use to `outgoing` and `incoming` to the name in use. Statements waiting for the lock resolve the
/// name again and find the other table; prepared statements are planned again. Partitions need no lock: they are
/// accessed only through their parent.
async fn exchange(
    session: &mut Session,
    outgoing: &str,
    incoming: &str,
    watch: &mut Watch<'_>,
) -> Result<LockTimes, ConvertError> {
    let (live, partitioned) = (session.table.name(), session.table.partitioned());
    let work = format!(
        "ALTER TABLE {live} RENAME TO {outgoing}; {free} ALTER TABLE {incoming} RENAME TO {live}; {take}",
        free = partitioned.rename_keys(live, outgoing),
        take = partitioned.rename_keys(incoming, live),
    );
    let lock = format!("LOCK TABLE ONLY {live}, ONLY {incoming} IN ACCESS EXCLUSIVE MODE");
    session.locked(&LockedStep { lock: &lock, work: &work, compatible: "''" }, watch).await
}
