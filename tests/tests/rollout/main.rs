//! The services behind nginx: replaced one by one under load, absent, and what the proxy lets through. A program of its own,
//! because its processes would slow down other stories.

mod absent;
mod load;
mod names;
mod replacing;
mod routing;
mod town;

use tokio::sync::{Mutex, MutexGuard};

/// Waits for one's turn, which lasts as long as the value: stories that start services would slow each other down.
pub(crate) async fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}
