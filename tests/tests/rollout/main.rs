//! The services behind nginx: replaced one by one under load, absent, and the routes of the proxy. A separate test
//! program, because its processes would slow down other stories.

mod absent;
mod deployment;
mod load;
mod names;
mod replacing;
mod routing;

use tokio::sync::{Mutex, MutexGuard};

/// Serialises stories that start services, because they would slow each other down: the turn lasts as long as the
/// guard.
pub(crate) async fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}
