//! Polling for changes by other replicas, commands and operators: revocations every second, keys and regions every
//! minute.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use credentials::keys::RELOAD_INTERVAL;
use tokio::time::{MissedTickBehavior, interval};

use crate::state::AppState;
use crate::storage::{StorageError, Store};

/// Poll interval for revocations: the time within which other replicas reject a revoked token.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Poll interval for regions, cells and age policies.
const REGIONS_INTERVAL: Duration = Duration::from_secs(60);
/// Overlap of consecutive polls: covers slow commits and clock differences.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);
/// Number of polls between those that cover the full retention.
const POLLS_PER_FULL_READ: u64 = 60;

/// Polls revocations. While SQL is unavailable, known ones stay in force.
pub async fn watch_revocations(state: Arc<AppState>, mut last: Option<DateTime<Utc>>) {
    let mut ticks = interval(POLL_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    for poll in 1_u64.. {
        ticks.tick().await;
        let since = if poll.is_multiple_of(POLLS_PER_FULL_READ) { None } else { last };
        match poll_revocations(&state, since).await {
            Ok(seen) => {
                last = Some(seen);
                if std::mem::take(&mut failing) {
                    tracing::info!("revocations are read again");
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    tracing::warn!(%error, cause, "revocations cannot be read; the known ones stay in force");
                }
            }
        }
    }
}

/// Reads revocations made since shortly before `last`, or over the whole lifetime of an access token. Returns the start
/// time of the next poll.
///
/// # Errors
/// When the database is unavailable or has no tables yet.
pub async fn poll_revocations(state: &AppState, last: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, StorageError> {
    poll_revocations_in(state, &state.store, last).await
}

/// The same from another store than that of requests.
///
/// # Errors
/// As [`poll_revocations`].
pub async fn poll_revocations_in(
    state: &AppState,
    store: &Store,
    last: Option<DateTime<Utc>>,
) -> Result<DateTime<Utc>, StorageError> {
    let now = state.now();
    let window = now - state.revocations.retention();
    let since = last.map_or(window, |last| (last - OVERLAP).max(window));
    let limit = u64::try_from(state.revocations.capacity()).unwrap_or(u64::MAX).saturating_add(1);
    let store = store.for_batch(); // a full list may take longer than a request may
    let sessions = store.list_ended_sessions(since, limit).await?;
    let cutoffs = store.list_cutoffs(since, limit).await?;
    state.revocations.merge(&sessions, &cutoffs, now);
    Ok(now)
}

/// Polls regions, cells and age policies; frequently until the first success.
pub async fn watch_region_map(state: Arc<AppState>) {
    loop {
        let never_read = state.region_map().regions.is_empty();
        tokio::time::sleep(if never_read { POLL_INTERVAL } else { REGIONS_INTERVAL }).await;
        if let Err(error) = read_region_map(&state).await {
            tracing::debug!(%error, "regions cannot be read; the known ones hold");
        }
    }
}

/// Reads regions, cells and age policies.
///
/// # Errors
/// When the database is unavailable or has no tables yet.
pub async fn read_region_map(state: &AppState) -> Result<(), StorageError> {
    read_region_map_in(state, &state.store).await
}

/// The same from another store than that of requests.
///
/// # Errors
/// As [`read_region_map`].
pub async fn read_region_map_in(state: &AppState, store: &Store) -> Result<(), StorageError> {
    state.region_map.store(Arc::new(store.load_region_map().await?));
    Ok(())
}

/// Polls the folder of keys.
pub async fn watch_keys(state: Arc<AppState>) {
    let mut ticks = interval(RELOAD_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let state = Arc::clone(&state);
        if tokio::task::spawn_blocking(move || state.access_tokens.keys().reload()).await.is_err() {
            tracing::error!("reading the keys failed unexpectedly");
        }
    }
}
