//! Data of SQL and of the key folder in memory, polled for changes by other replicas, commands and operators:
//! revocations, unlocked accounts, permissions of roles and OAuth clients every second, keys and regions every minute.

use std::sync::Arc;
use std::time::Duration;

use account_partitions::RegionMap;
use account_storage::{Store, UNLOCKS_KEPT};
use accounts::RoleMap;
use arc_swap::{ArcSwap, Guard};
use chrono::{DateTime, TimeDelta, Utc};
use credentials::keys::RELOAD_INTERVAL;
use credentials::tokens::AccessTokens;
use device_grant::{Decisions, MAX_WAITING};
use service_kit::Clock;
use service_kit::database::DatabaseError;
use token_verifier::Revocations;
use tokio::time::{MissedTickBehavior, interval};

use super::clients::{SharedClientTable, read_changed_clients};
use super::unlocks::{MAX_UNLOCKS, Unlocks};

/// Poll interval for revocations and roles: the time within which other replicas reject a revoked token.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Poll interval for regions, cells and age policies.
const REGIONS_INTERVAL: Duration = Duration::from_secs(60);
/// Overlap of consecutive polls: covers slow commits and clock differences.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);
/// Number of polls between those that cover the full retention.
const POLLS_PER_FULL_READ: u64 = 60;

/// Regions, cells and age policies, as last read.
pub type SharedRegionMap = Arc<ArcSwap<RegionMap>>;

/// Permissions of all roles, as last read.
pub type SharedRoleMap = Arc<ArcSwap<RoleMap>>;

/// Revocations, permissions of roles, OAuth clients, and regions in memory.
pub struct Caches {
    /// SQL.
    pub(super) store: Store,
    /// Access tokens revoked before they expire.
    pub(super) revocations: Arc<Revocations>,
    /// Unlocked accounts.
    pub(super) unlocks: Arc<Unlocks>,
    /// Permissions of all roles.
    pub(super) role_map: SharedRoleMap,
    /// OAuth clients.
    pub(super) clients: SharedClientTable,
    /// Devices that wait here for a decision.
    pub(super) device_decisions: Arc<Decisions>,
    /// Regions, cells and age policies.
    pub(super) region_map: SharedRegionMap,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}

impl Caches {
    /// Polls revocations, permissions of roles and OAuth clients. While SQL is unavailable, the known ones stay in force.
    pub async fn watch_revocations(self: Arc<Self>, mut last: Option<DateTime<Utc>>) {
        let mut ticks = interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        for poll in 1_u64.. {
            ticks.tick().await;
            let since = if poll.is_multiple_of(POLLS_PER_FULL_READ) { None } else { last };
            match self.poll(&self.store, since).await {
                Ok(seen) => {
                    last = Some(seen);
                    if std::mem::take(&mut failing) {
                        tracing::info!("revocations, roles and clients are read again");
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        let cause = std::error::Error::source(&error).map(ToString::to_string);
                        tracing::warn!(%error, cause, "revocations, roles or clients cannot be read; the known ones stay in force");
                    }
                }
            }
        }
    }

    /// `true` when revocations have been read. Before that, no token is known to be active.
    pub fn has_revocations(&self) -> bool {
        self.revocations.is_loaded()
    }

    /// `true` when permissions of roles have been read. Before that, no caller is known to have any.
    pub fn has_roles(&self) -> bool {
        self.role_map.load().is_loaded()
    }

    /// Regions, cells and age policies, as last read.
    pub fn region_map(&self) -> Guard<Arc<RegionMap>> {
        self.region_map.load()
    }

    /// Reads revocations made since shortly before `last`, or over the whole lifetime of an access token, and changed
    /// roles and clients. Returns the start time of the next poll. `store` is that of requests or a read-only one.
    pub(super) async fn poll(
        &self,
        store: &Store,
        last: Option<DateTime<Utc>>,
    ) -> Result<DateTime<Utc>, DatabaseError> {
        let now = self.clock.now();
        let window = now - self.revocations.retention();
        let since = last.map_or(window, |last| (last - OVERLAP).max(window));
        let limit = u64::try_from(self.revocations.capacity()).unwrap_or(u64::MAX).saturating_add(1);
        let store = store.for_batch(); // a full list may take longer than a request may
        let sessions = store.list_ended_sessions(since, limit).await?;
        let cutoffs = store.list_cutoffs(since, limit).await?;
        self.revocations.merge(&sessions, &cutoffs, now);
        self.unlocks.set(store.list_unlocks(now - UNLOCKS_KEPT, MAX_UNLOCKS).await?);
        read_changed_roles(&store, &self.role_map).await?;
        read_changed_clients(&store, &self.clients, now).await?;
        if !self.device_decisions.is_empty() {
            for device in store.list_decided_devices(since, MAX_WAITING as u64).await? {
                self.device_decisions.wake(&device);
            }
        }
        Ok(now)
    }

    /// Polls regions, cells and age policies; frequently until the first success.
    pub async fn watch_region_map(self: Arc<Self>) {
        loop {
            let never_read = self.region_map.load().regions.is_empty();
            tokio::time::sleep(if never_read { POLL_INTERVAL } else { REGIONS_INTERVAL }).await;
            if let Err(error) = self.read_region_map().await {
                tracing::debug!(%error, "regions cannot be read; the known ones hold");
            }
        }
    }

    /// Reads regions, cells and age policies.
    ///
    /// # Errors
    /// When the database is unavailable or has no tables yet.
    pub async fn read_region_map(&self) -> Result<(), DatabaseError> {
        self.read_region_map_of(&self.store).await
    }

    /// The same from another store than that of requests.
    pub(super) async fn read_region_map_of(&self, store: &Store) -> Result<(), DatabaseError> {
        self.region_map.store(Arc::new(store.partitions().load_region_map().await?));
        Ok(())
    }
}

/// Reads permissions of all roles, if roles have changed since they were last read.
pub(super) async fn read_changed_roles(store: &Store, role_map: &SharedRoleMap) -> Result<(), DatabaseError> {
    if store.find_role_revision().await? != role_map.load().revision() {
        role_map.store(Arc::new(store.load_role_map().await?));
    }
    Ok(())
}

/// Rotates the keys where this process does so, and polls their folder.
pub async fn watch_keys(access_tokens: Arc<AccessTokens>) {
    let mut ticks = interval(RELOAD_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let access_tokens = Arc::clone(&access_tokens);
        if tokio::task::spawn_blocking(move || access_tokens.keys().rotate_and_reload()).await.is_err() {
            tracing::error!("reading the keys failed unexpectedly");
        }
    }
}
