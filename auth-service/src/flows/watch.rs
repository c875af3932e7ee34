//! Keeping up with what other replicas, commands and operators do: revocations every second, keys and
//! regions every minute.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{MissedTickBehavior, interval};

use crate::keys::REREAD_EVERY;
use crate::state::AppState;
use crate::storage::{StorageError, Store};

/// How often SQL is asked what has ended: the bound within which other replicas refuse a dead token.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often regions, cells and age policies are read.
const ATLAS_EVERY: Duration = Duration::from_secs(60);
/// How far each look reaches back before the last one: commits that took long and clocks that differ hide in it.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);
/// After this many looks one reaches back over everything that still matters.
const FULL_EVERY: u64 = 60;

/// Reads revocations again and again. While SQL is away, what is known stays in force.
pub async fn watch_revocations(state: Arc<AppState>, mut last: Option<DateTime<Utc>>) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    for look in 1_u64.. {
        ticks.tick().await;
        let since = if look.is_multiple_of(FULL_EVERY) { None } else { last };
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

/// Reads what has ended since a little before `last`, or over the whole life of an access token. Gives the time to
/// start from at the next look.
///
/// # Errors
/// When the database is away or has no tables yet.
pub async fn poll_revocations(state: &AppState, last: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, StorageError> {
    look_in(state, &state.store, last).await
}

/// The same in another store than the one that requests use.
///
/// # Errors
/// As [`look_once`].
pub async fn look_in(
    state: &AppState,
    store: &Store,
    last: Option<DateTime<Utc>>,
) -> Result<DateTime<Utc>, StorageError> {
    let now = state.now();
    let window = now - state.revocations.retention();
    let since = last.map_or(window, |last| (last - OVERLAP).max(window));
    let limit = u64::try_from(state.revocations.capacity()).unwrap_or(u64::MAX).saturating_add(1);
    let store = store.patient(); // a full list may take longer than a request may
    let sessions = store.list_ended_sessions(since, limit).await?;
    let cutoffs = store.list_cutoffs(since, limit).await?;
    state.revocations.merge(&sessions, &cutoffs, now);
    Ok(now)
}

/// Reads regions, cells and age policies again and again; often while they have never been read.
pub async fn watch_atlas(state: Arc<AppState>) {
    loop {
        let never_read = state.atlas().regions.is_empty();
        tokio::time::sleep(if never_read { LOOK_EVERY } else { ATLAS_EVERY }).await;
        if let Err(error) = read_atlas(&state).await {
            tracing::debug!(%error, "regions cannot be read; the known ones hold");
        }
    }
}

/// Reads regions, cells and age policies.
///
/// # Errors
/// When the database is away or has no tables yet.
pub async fn read_atlas(state: &AppState) -> Result<(), StorageError> {
    read_atlas_in(state, &state.store).await
}

/// The same in another store than the one that requests use.
///
/// # Errors
/// As [`read_atlas`].
pub async fn read_atlas_in(state: &AppState, store: &Store) -> Result<(), StorageError> {
    state.atlas.store(Arc::new(store.load_atlas().await?));
    Ok(())
}

/// Reads the folder of keys again and again.
pub async fn watch_keys(state: Arc<AppState>) {
    let mut ticks = interval(REREAD_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let state = Arc::clone(&state);
        if tokio::task::spawn_blocking(move || state.access_tokens.keys().reload()).await.is_err() {
            tracing::error!("reading the keys failed unexpectedly");
        }
    }
}
