//! Dropping the unused table and the mirrors.

use crate::report::{ConvertError, LockTimes, Watch};
use crate::session::{LockedStep, Session};

/// Ends the mirror of the partitioned table in use, then drops the plain one. In this order: a plain table that misses
/// writes is recognised by its missing mirror, and can never be reverted to.
pub(crate) async fn drop_kept(session: &mut Session, watch: &mut Watch<'_>) -> Result<LockTimes, ConvertError> {
    let table = session.table;
    // Includes all leaves: the trigger is on each of them.
    let lock = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
    let work = format!(
        "DROP TRIGGER IF EXISTS {back} ON {table}; COMMENT ON TABLE {table} IS NULL",
        back = table.mirror_back()
    );
    let times = session.locked(&LockedStep { lock: &lock, work: &work, compatible: "''" }, watch).await?;
    drop_unused(session, table.kept(), watch).await?;
    Ok(times)
}

/// Ends the mirror of the plain table in use.
pub(crate) async fn unmirror(session: &mut Session, watch: &mut Watch<'_>) -> Result<LockTimes, ConvertError> {
    let (table, mirror) = (session.table, session.table.mirror());
    let lock = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
    let work = format!("DROP TRIGGER IF EXISTS {mirror} ON {table}");
    session.locked(&LockedStep { lock: &lock, work: &work, compatible: "''" }, watch).await
}

/// Drops a partitioned copy to which no trigger writes.
pub(crate) async fn drop_copy(session: &mut Session, watch: &mut Watch<'_>) -> Result<(), ConvertError> {
    unmirror_stale(session, watch).await?;
    let copy = session.table.copy();
    drop_unused(session, copy, watch).await
}

/// A stale copy may still have a trigger that writes to it, disabled by hand.
async fn unmirror_stale(session: &mut Session, watch: &mut Watch<'_>) -> Result<(), ConvertError> {
    let (table, mirror) = (session.table, session.table.mirror());
    let trigger = format!("SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass('{table}') AND tgname = '{mirror}'");
    if session.text(&trigger).await?.is_some() {
        unmirror(session, watch).await?;
    }
    Ok(())
}

/// The service does not use this table; the lock is for manual queries.
async fn drop_unused(session: &mut Session, unused: &str, watch: &mut Watch<'_>) -> Result<(), ConvertError> {
    let table = session.table;
    let lock = format!("LOCK TABLE {unused} IN ACCESS EXCLUSIVE MODE");
    let work = format!(
        "DROP TABLE {unused}; DROP FUNCTION IF EXISTS {}(); DROP FUNCTION IF EXISTS {}()",
        table.mirror(),
        table.mirror_back()
    );
    session.locked(&LockedStep { lock: &lock, work: &work, compatible: "''" }, watch).await.map(drop)
}
