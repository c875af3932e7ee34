//! Facade over the shared store and the store in this process, which takes over while the shared one is unavailable.
//!
//! Challenges are kept in one of two ways. *Stored*: in the store, with the answer, under a hash of the challenge
//! token. *Sealed*: only in the encrypted id of the picture; the store records used pictures. While the shared store
//! is unavailable, new challenges are sealed and used pictures and passes are recorded in this process, so that each
//! works at most once per replica; a pass granted then is marked as degraded.

use std::sync::{Arc, Mutex, PoisonError};

use service_kit::{Clock, Sealer};

use crate::domain::{
    CHALLENGE_BYTES, Challenge, ChallengeToken, DeviceKey, Key, NetworkEvent, NetworkState, PASS_BYTES, Pass, PassNeed,
    PictureId, PrefixKey, UnixMillis,
};
use crate::metrics;
use crate::stores::{self, ChallengeStore, MemoryStore, RecordKeys, Records, RedisStore, SpentNonce, StoreError};

/// Maximum number of used pictures and passes queued for replay to the shared store; some 100 bytes each.
const MAX_REPLAYS: usize = 200_000;

/// The stores and the sealers.
pub struct ChallengeRepository {
    shared: Option<Arc<RedisStore>>,
    local: Arc<MemoryStore>,
    sealed: bool,
    pictures: Sealer,
    passes: Sealer,
    started_at: UnixMillis,
    replays: Mutex<Vec<SpentNonce>>,
}

/// Store that an update ran in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreMode {
    /// The configured store.
    Primary,
    /// The store in this process, because the shared store is unavailable.
    Degraded,
}

/// A parsed picture id.
#[derive(Debug, Clone, Copy)]
pub enum PictureRef {
    /// Of a stored challenge; `None` for an invalid id.
    Stored(Option<PictureId>),
    /// Of the challenge sealed in it.
    Sealed(Challenge),
}

/// A parsed pass.
#[derive(Debug, Clone, Copy)]
pub enum PresentedPass {
    /// Kept in the store.
    Stored(ChallengeToken),
    /// Sealed; the key is where its use is recorded.
    Sealed(Key, Pass),
}

impl ChallengeRepository {
    /// With the shared and the local store. `sealed`: new challenges are sealed even while the shared store is available.
    pub fn new(
        (shared, local): (Option<Arc<RedisStore>>, Arc<MemoryStore>),
        sealed: bool,
        pictures: Sealer,
        passes: Sealer,
        clock: &dyn Clock,
    ) -> Self {
        Self {
            shared,
            local,
            sealed,
            pictures,
            passes,
            started_at: UnixMillis::of(clock.now()),
            replays: Mutex::default(),
        }
    }

    /// `true` when new challenges are sealed.
    pub fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// `true` when a shared store is configured.
    pub fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// `true` while the shared store is unavailable.
    pub fn is_degraded(&self) -> bool {
        self.shared.as_ref().is_some_and(|shared| !shared.is_connected())
    }

    /// The configured store.
    pub fn primary(&self) -> &dyn ChallengeStore {
        match &self.shared {
            Some(shared) => shared.as_ref(),
            None => self.local.as_ref(),
        }
    }

    /// State of a network: of the shared store, with the passes that this process counts. Empty if unknown.
    pub async fn network(&self, prefix: PrefixKey) -> NetworkState {
        let local = self.local.apply_network_event(prefix, NetworkEvent::Read).await.unwrap_or_default();
        let Some(shared) = &self.shared else { return local };
        let shared = shared.apply_network_event(prefix, NetworkEvent::Read).await.unwrap_or_default();
        NetworkState { passes: shared.passes.max(local.passes), ..shared }
    }

    /// Counts a pass of a network and closes its challenge; the answer is a pass only if this is not refused. Every pass
    /// is counted in this process too, so that a replica on its own, or after a flush of the shared store, gives no second
    /// budget.
    ///
    /// # Errors
    /// [`StoreError`], except for an unavailable shared store.
    pub async fn take_pass(&self, prefix: PrefixKey, key: Key, need: PassNeed) -> Result<NetworkState, StoreError> {
        let event = NetworkEvent::Passed(key, need);
        let Some(shared) = &self.shared else { return self.local.apply_network_event(prefix, event).await };
        let counted = match shared.apply_network_event(prefix, event).await {
            Err(StoreError::Unavailable(_)) => {
                metrics::record_store_failure();
                return self.local.apply_network_event(prefix, event).await;
            }
            counted => counted?,
        };
        if counted.refused {
            return Ok(counted);
        }
        // No room for it here: the shared store has counted it.
        let local = self.local.apply_network_event(prefix, event).await.unwrap_or_default();
        Ok(NetworkState { passes: counted.passes.max(local.passes), refused: local.refused, ..counted })
    }

    /// Runs an update that only the configured store can run: its records exist nowhere else.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change<R: Send>(
        &self,
        keys: &RecordKeys,
        update: impl FnMut(&mut Records, UnixMillis) -> R + Send,
    ) -> Result<R, StoreError> {
        stores::change(self.primary(), keys, update).await.inspect_err(|_| metrics::record_store_failure())
    }

    /// Runs an update in the configured store, or in this process while it is unavailable. The update gets the mode.
    ///
    /// # Errors
    /// [`StoreError`], except for an unavailable shared store.
    pub async fn update_or_fall_back<R: Send>(
        &self,
        keys: &RecordKeys,
        mut update: impl FnMut(&mut Records, UnixMillis, StoreMode) -> R + Send,
    ) -> Result<(R, StoreMode), StoreError> {
        if let Some(shared) = &self.shared {
            match stores::change(shared.as_ref(), keys, |records, now| update(records, now, StoreMode::Primary)).await {
                Err(StoreError::Unavailable(_)) => metrics::record_store_failure(),
                other => return Ok((other?, StoreMode::Primary)),
            }
        }
        let mode = if self.is_shared() { StoreMode::Degraded } else { StoreMode::Primary };
        Ok((stores::change(self.local.as_ref(), keys, |records, now| update(records, now, mode)).await?, mode))
    }

    /// Marks a sealed picture as used in this process, before the shared store is called: `false` if it was marked
    /// before. So this process accepts no picture twice, whatever happens to the shared store meanwhile.
    ///
    /// # Errors
    /// No room for the mark.
    pub async fn claim(&self, keys: &RecordKeys, until: UnixMillis) -> Result<bool, StoreError> {
        if self.shared.is_none() {
            return Ok(true); // the update itself marks it, in the same store
        }
        let keys = RecordKeys { with_device: false, ..*keys };
        let mark = |records: &mut Records, _| records.used.replace(until).is_none();
        stores::change(self.local.as_ref(), &keys, mark).await
    }

    /// Removes the mark of an update that failed.
    pub async fn unclaim(&self, keys: &RecordKeys) {
        let keys = RecordKeys { with_device: false, ..*keys };
        if self.shared.is_some() {
            // On failure the picture stays used, which is the safe side.
            let _ = stores::change(self.local.as_ref(), &keys, |records, _| records.used = None).await;
        }
    }

    /// Runs an update in this process only.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_local<R: Send>(
        &self,
        keys: &RecordKeys,
        update: impl FnMut(&mut Records, UnixMillis) -> R + Send,
    ) -> Result<R, StoreError> {
        stores::change(self.local.as_ref(), keys, update).await
    }

    /// Queues a used picture for replay to the shared store.
    pub fn enqueue_picture_replay(&self, keys: &RecordKeys, until: UnixMillis) {
        if let Some(key) = keys.nonce {
            self.enqueue_replay(SpentNonce { shard: keys.device.shard(), key, pass: None, until });
        }
    }

    /// Queues a redeemed pass for replay to the shared store.
    pub fn enqueue_pass_replay(&self, key: Key, pass: &Pass) {
        let (shard, until) = (pass.device().shard(), pass.retained_until());
        self.enqueue_replay(SpentNonce { shard, key, pass: Some(pass.to_bytes()), until });
    }

    fn enqueue_replay(&self, used: SpentNonce) {
        let mut replays = self.replays.lock().unwrap_or_else(PoisonError::into_inner);
        if replays.len() < MAX_REPLAYS {
            replays.push(used);
        }
    }

    /// `true` when a value sealed in `epoch` at `made_at` is still valid: the store that records its use must not have
    /// lost records since.
    pub fn is_current(&self, epoch: u32, made_at: UnixMillis, records: &Records, mode: StoreMode) -> bool {
        match mode {
            StoreMode::Primary => epoch == records.epoch,
            StoreMode::Degraded => self.was_running_at(made_at),
        }
    }

    /// `true` when this process was running at that time, so that it has recorded all uses since.
    pub fn was_running_at(&self, made_at: UnixMillis) -> bool {
        made_at >= self.started_at
    }

    /// Last known epoch of the shared store, for values sealed while it is unavailable.
    pub fn last_epoch(&self, device: DeviceKey, records: &Records, mode: StoreMode) -> u32 {
        match (&self.shared, mode) {
            (Some(shared), StoreMode::Degraded) => shared.epoch(device.shard()),
            _ => records.epoch,
        }
    }

    /// Seals a challenge into the id of its picture, bound to its key.
    pub fn seal_picture(&self, challenge: &Challenge, key: Key) -> Option<String> {
        self.pictures.seal_text(&challenge.to_bytes(), &key.0)
    }

    /// Parses a picture id.
    pub fn read_picture(&self, text: &str, token: &ChallengeToken) -> PictureRef {
        let sealed = self.pictures.open_array::<CHALLENGE_BYTES>(text, &token.key().0);
        let challenge = sealed.and_then(|bytes| Challenge::from_bytes(&bytes));
        match challenge.filter(|challenge| challenge.device() == token.device()) {
            Some(challenge) => PictureRef::Sealed(challenge),
            None => PictureRef::Stored(PictureId::parse(text)),
        }
    }

    /// Key under which the use of a sealed picture is recorded.
    pub fn nonce_of(challenge: &Challenge, key: Key) -> Key {
        Key::of(b"picture", &[&key.0[..], &challenge.picture().0].concat())
    }

    /// Seals a pass.
    pub fn seal_pass(&self, pass: &Pass) -> Option<String> {
        self.passes.seal_text(&pass.to_bytes(), b"")
    }

    /// Parses a pass.
    pub fn read_pass(&self, text: &str) -> Option<PresentedPass> {
        if let Some(token) = ChallengeToken::parse(text) {
            return Some(PresentedPass::Stored(token));
        }
        let bytes = self.passes.open_array::<PASS_BYTES>(text, b"")?;
        Some(PresentedPass::Sealed(Key::of(b"sealed pass", text.as_bytes()), Pass::from_bytes(&bytes)?))
    }

    /// Replays to the shared store, after each reconnect, what was used in this process meanwhile.
    pub async fn replay_when_back(self: Arc<Self>, clock: Arc<dyn Clock>) {
        let Some(shared) = self.shared.clone() else { return };
        loop {
            shared.reconnected().await;
            let replays = std::mem::take(&mut *self.replays.lock().unwrap_or_else(PoisonError::into_inner));
            match shared.replay(&replays, UnixMillis::of(clock.now())).await {
                Ok(()) if replays.is_empty() => {}
                Ok(()) => tracing::info!(used = replays.len() as i64, "Redis was told what was used while it was away"),
                Err(error) => {
                    tracing::warn!(%error, "Redis could not be told what was used while it was away");
                    replays.into_iter().for_each(|used| self.enqueue_replay(used));
                }
            }
        }
    }
}
