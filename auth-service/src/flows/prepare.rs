//! The database at startup: migrations, and a read-only fallback while it cannot be written.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use service_kit::Clock;

use super::caches::Caches;
use crate::storage::{StorageError, Store};

/// Pause before the second attempt to migrate; it doubles with each attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Maximum pause between attempts.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Creates or updates the tables; `false` when the database is unavailable and a retry is needed.
///
/// # Errors
/// When the database responds but does not permit DDL to this user, or has tables of another origin.
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

/// Creates or updates the tables as soon as the database can be written.
pub async fn migrate_later(store: Store, clock: Arc<dyn Clock>) {
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        match store.migrate(clock.now()).await {
            Ok(()) => return tracing::info!("the tables are up to date"),
            Err(error) => tracing::debug!(%error, "the tables still cannot be made or updated"),
        }
        pause = (pause * 2).min(MAX_PAUSE);
    }
}

/// Reads regions and revocations for the first time; returns the start time of the next poll. An SQLite file on a full
/// or read-only disk is opened read-only: existing revocations are known then, and no new ones can be made.
pub async fn read_at_start(caches: &Caches, url: &str) -> Option<DateTime<Utc>> {
    let error = match read_both(caches, &caches.store).await {
        Ok(seen) => return Some(seen),
        Err(error) => error,
    };
    if let Ok(Some(readable)) = Store::open_read_only(url).await {
        let read = read_both(caches, &readable).await;
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

async fn read_both(caches: &Caches, store: &Store) -> Result<DateTime<Utc>, StorageError> {
    caches.read_region_map_in(store).await?;
    caches.poll_revocations_in(store, None).await
}

fn warn(error: &StorageError, what: &str) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(%error, cause, "{what}");
}
