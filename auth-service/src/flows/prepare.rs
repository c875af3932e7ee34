//! The database at the start: tables, and what can be read of it while it is unavailable.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::watch::{look_in, read_atlas_in};
use crate::state::AppState;
use crate::storage::{StorageError, Store};

/// Pause before the second try to make the tables; it doubles from try to try.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause between tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Makes or updates the tables; gives `false` when the database is unavailable, so that it has to be tried again.
///
/// # Errors
/// When the database answers and does not let this user make tables, or holds tables of another origin.
pub async fn migrate_if_available(store: &Store, now: DateTime<Utc>) -> Result<bool, StorageError> {
    match store.migrate(now).await {
        Ok(()) => Ok(true),
        Err(error) if error.is_unavailable() => {
            warn(&error, "the tables cannot be made or updated yet; trying again");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Makes or updates the tables as soon as the database can be written.
pub async fn migrate_later(state: Arc<AppState>) {
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        match state.store.migrate(state.now()).await {
            Ok(()) => return tracing::info!("the tables are up to date"),
            Err(error) => tracing::debug!(%error, "the tables still cannot be made or updated"),
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Reads regions and revocations for the first time; gives the time to go on from. An SQLite file on a disk that is full or
/// read-only is read by other means: what was revoked is known then, and nothing can be revoked while it cannot be written.
pub async fn read_at_start(state: &AppState, url: &str) -> Option<DateTime<Utc>> {
    let error = match read_both(state, &state.store).await {
        Ok(seen) => return Some(seen),
        Err(error) => error,
    };
    if let Ok(Some(readable)) = Store::open_read_only(url).await {
        let read = read_both(state, &readable).await;
        readable.close().await;
        if let Ok(seen) = read {
            warn(
                &error,
                "the account database can only be read; sign-ins and changes are answered 503 until it can be written",
            );
            return Some(seen);
        }
    }
    warn(&error, "regions and revocations cannot be read yet; no access token is accepted until they are");
    None
}

async fn read_both(state: &AppState, store: &Store) -> Result<DateTime<Utc>, StorageError> {
    read_atlas_in(state, store).await?;
    look_in(state, store, None).await
}

fn warn(error: &StorageError, what: &str) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(%error, cause, "{what}");
}
