//! The database at startup: migrations, and a read-only fallback while it cannot be written.

use std::sync::Arc;

use account_storage::Store;
use chrono::{DateTime, Utc};
use service_kit::Clock;
use service_kit::database::{DatabaseError, Retry};

use super::caches::Caches;

/// Creates or updates the tables. When the database is unavailable, [`migrate_later`] does.
///
/// # Errors
/// When the database responds but does not permit DDL to this user, or has tables of another origin.
pub async fn migrate_if_available(store: &Store, now: DateTime<Utc>) -> Result<Option<Retry>, DatabaseError> {
    match store.migrate(now).await {
        Ok(()) => Ok(None),
        Err(error) if error.is_unavailable() => Ok(Some(Retry::after("the tables cannot be made or updated", &error))),
        Err(error) => Err(error),
    }
}

/// Creates or updates the tables as soon as the database can be written.
pub async fn migrate_later(store: Store, clock: Arc<dyn Clock>, retry: Retry) {
    retry.run(|| store.migrate(clock.now())).await;
    tracing::info!("the tables are up to date");
}

/// Reads regions, revocations and roles for the first time; returns the start time of the next poll. An SQLite file on a full
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

async fn read_both(caches: &Caches, store: &Store) -> Result<DateTime<Utc>, DatabaseError> {
    caches.read_region_map_of(store).await?;
    caches.poll(store, None).await
}

fn warn(error: &DatabaseError, what: &str) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(%error, cause, "{what}");
}
