//! Removal of what has served, hourly on every replica: the identifiers of deleted accounts, device authorizations, and used
//! authorization codes.

use std::sync::Arc;
use std::time::Duration;

use account_storage::{DELETED_KEPT, Store};
use chrono::{DateTime, TimeDelta, Utc};
use service_kit::Clock;
use service_kit::database::DatabaseError;

/// Time between runs.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// Jitter of each run, so that replicas do not work at the same time.
const JITTER: Duration = Duration::from_secs(10 * 60);
/// Time before the start in which accounts may have been deleted and not purged: longer than an installation is ever
/// down.
const LOOK_BACK: TimeDelta = TimeDelta::days(60);

/// Removes them periodically. Safe to cancel at any point.
pub async fn purge_hourly(store: Store, clock: Arc<dyn Clock>) {
    let mut since = clock.now() - DELETED_KEPT - LOOK_BACK;
    loop {
        tokio::time::sleep(INTERVAL + JITTER.mul_f64(rand::random::<f64>())).await;
        let until = clock.now() - DELETED_KEPT;
        match purge(&store, since, until).await {
            Ok(accounts) => {
                since = until;
                if accounts > 0 {
                    tracing::info!(accounts, "the identifiers of deleted accounts were removed");
                }
            }
            Err(error) => tracing::debug!(%error, "the identifiers of deleted accounts were not removed"),
        }
        if let Err(error) = store.purge_device_authorizations(clock.now()).await {
            tracing::debug!(%error, "device authorizations were not removed");
        }
        if let Err(error) = store.purge_authorization_codes(clock.now()).await {
            tracing::debug!(%error, "used authorization codes were not removed");
        }
    }
}

async fn purge(store: &Store, since: DateTime<Utc>, until: DateTime<Utc>) -> Result<u64, DatabaseError> {
    let (mut accounts, mut next) = (0, Some(since));
    while let Some(since) = next {
        let purged = store.purge_deleted_users(since, until).await?;
        accounts += purged.accounts;
        next = purged.next;
    }
    Ok(accounts)
}
