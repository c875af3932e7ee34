//! The moment in which the two tables exchange their names, with those of their keys and indexes.

use super::report::{ConvertError, LockTimes, Watch};
use super::session::{Locked, Session};

/// The partitioned table is in use from here on.
pub(super) async fn to_partitioned(session: &mut Session, watch: &mut Watch<'_>) -> Result<LockTimes, ConvertError> {
    let table = session.table;
    exchange(session, table.kept(), table.copy(), watch).await
}

/// The plain table is in use from here on.
pub(super) async fn to_plain(session: &mut Session, watch: &mut Watch<'_>) -> Result<LockTimes, ConvertError> {
    let table = session.table;
    exchange(session, table.copy(), table.kept(), watch).await
}

/// The table in use becomes `leaves`, and `enters` takes its place. Whoever waits for the lock meanwhile looks the name up
/// again and finds the other table; statements prepared before are planned anew. Partitions need not be locked: nobody
/// gets to them but through their parent.
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
