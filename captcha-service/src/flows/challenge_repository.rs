//! Facade over the shared store and the store in this process, which takes over while the shared one is unavailable.
//!
//! Challenges are kept in one of two ways. *Stored*: in the store, with the answer, under a hash of the challenge
//! token. *Sealed*: only in the encrypted id of the picture; the store records used pictures. While the shared store
//! is unavailable, new challenges are sealed and used pictures and passes are recorded in this process, so that each
//! works at most once per replica; a pass granted then is marked as degraded.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{
    Challenge, ChallengeToken, DeviceKey, Key, PASS_BYTES, Pass, PictureId, SESSION_BYTES, UnixMillis,
};
use crate::metrics;
use crate::sealer::Sealer;
use crate::stores::{self, ChallengeStore, MemoryStore, RecordKeys, Records, RedisStore, SpentNonce, StoreError};
use service_kit::Clock;

/// Maximum number of used pictures and passes queued for replay to the shared store; some 100 bytes each.
const MAX_REPLAYS: usize = 200_000;

/// The stores and the sealers.
pub struct ChallengeRepository {
    shared: Option<Arc<RedisStore>>,
    local: Arc<MemoryStore>,
    sealed: bool,
    pictures: Sealer,
    passes: Sealer,
    began: UnixMillis,
    owed: Mutex<Vec<SpentNonce>>,
}

/// Store that an update ran in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreMode {
    /// The configured store.
    Properly,
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
    /// With these stores. `secrets` are shared by all replicas; the first one seals.
    pub fn new(
        shared: Option<Arc<RedisStore>>,
        local: Arc<MemoryStore>,
        sealed: bool,
        secrets: &[&[u8]],
        clock: &dyn Clock,
    ) -> Self {
        let seals = |purpose| Sealer::new(secrets.iter().copied(), purpose);
        let (pictures, passes) = (seals("picture"), seals("pass"));
        Self { shared, local, sealed, pictures, passes, began: UnixMillis::of(clock.now()), owed: Mutex::default() }
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
    pub fn main(&self) -> &dyn ChallengeStore {
        match &self.shared {
            Some(shared) => shared.as_ref(),
            None => self.local.as_ref(),
        }
    }

    /// Runs an update that only the configured store can run: its records exist nowhere else.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change<R: Send>(
        &self,
        spot: &RecordKeys,
        step: impl FnMut(&mut Records, UnixMillis) -> R + Send,
    ) -> Result<R, StoreError> {
        stores::change(self.main(), spot, step).await.inspect_err(|_| metrics::store_failed())
    }

    /// Runs an update in the configured store, or in this process while it is unavailable. The update gets the mode.
    ///
    /// # Errors
    /// [`StoreError`], except for an unavailable shared store.
    pub async fn update_or_fall_back<R: Send>(
        &self,
        spot: &RecordKeys,
        mut step: impl FnMut(&mut Records, UnixMillis, StoreMode) -> R + Send,
    ) -> Result<(R, StoreMode), StoreError> {
        if let Some(shared) = &self.shared {
            match stores::change(shared.as_ref(), spot, |held, now| step(held, now, StoreMode::Properly)).await {
                Err(StoreError::Away(_)) => metrics::store_failed(),
                other => return Ok((other?, StoreMode::Properly)),
            }
        }
        let made = if self.is_shared() { StoreMode::Degraded } else { StoreMode::Properly };
        Ok((stores::change(self.local.as_ref(), spot, |held, now| step(held, now, made)).await?, made))
    }

    /// Marks a sealed picture as used in this process, before the shared store is called: `false` if it was marked
    /// before. So this process accepts no picture twice, whatever happens to the shared store meanwhile.
    ///
    /// # Errors
    /// No room for the mark.
    pub async fn claim(&self, spot: &RecordKeys, until: UnixMillis) -> Result<bool, StoreError> {
        if self.shared.is_none() {
            return Ok(true); // the update itself marks it, in the same store
        }
        let spot = RecordKeys { with_device: false, ..*spot };
        let mark = |held: &mut Records, _| held.used.replace(until).is_none();
        stores::change(self.local.as_ref(), &spot, mark).await
    }

    /// Removes the mark of an update that failed.
    pub async fn unclaim(&self, spot: &RecordKeys) {
        let spot = RecordKeys { with_device: false, ..*spot };
        if self.shared.is_some() {
            // On failure the picture stays used, which is the safe side.
            let _ = stores::change(self.local.as_ref(), &spot, |held, _| held.used = None).await;
        }
    }

    /// Runs an update in this process only.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn change_here<R: Send>(
        &self,
        spot: &RecordKeys,
        step: impl FnMut(&mut Records, UnixMillis) -> R + Send,
    ) -> Result<R, StoreError> {
        stores::change(self.local.as_ref(), spot, step).await
    }

    /// Queues a used picture for replay to the shared store.
    pub fn owe_picture(&self, spot: &RecordKeys, until: UnixMillis) {
        if let Some(key) = spot.nonce {
            self.owe(SpentNonce { shard: spot.device.shard(), key, pass: None, until });
        }
    }

    /// Queues a redeemed pass for replay to the shared store.
    pub fn owe_pass(&self, key: Key, pass: &Pass) {
        let (shard, until) = (pass.device().shard(), pass.kept_until());
        self.owe(SpentNonce { shard, key, pass: Some(pass.to_bytes()), until });
    }

    fn owe(&self, used: SpentNonce) {
        let mut owed = self.owed.lock().unwrap_or_else(PoisonError::into_inner);
        if owed.len() < MAX_REPLAYS {
            owed.push(used);
        }
    }

    /// `true` when a value sealed in `epoch` at `made_at` is still valid: the store that records its use must not have
    /// lost records since.
    pub fn counts(&self, epoch: u32, made_at: UnixMillis, held: &Records, made: StoreMode) -> bool {
        match made {
            StoreMode::Properly => epoch == held.epoch,
            StoreMode::Degraded => self.remembers(made_at),
        }
    }

    /// `true` when this process was running at that time, so that it has recorded all uses since.
    pub fn remembers(&self, made_at: UnixMillis) -> bool {
        made_at >= self.began
    }

    /// Last known epoch of the shared store, for values sealed while it is unavailable.
    pub fn last_epoch(&self, device: DeviceKey, held: &Records, made: StoreMode) -> u32 {
        match (&self.shared, made) {
            (Some(shared), StoreMode::Degraded) => shared.epoch(device.shard()),
            _ => held.epoch,
        }
    }

    /// Seals a challenge into the id of its picture, bound to its key.
    pub fn seal_picture(&self, session: &Challenge, key: Key) -> Option<String> {
        self.pictures.seal(&session.to_bytes(), &key.0)
    }

    /// Parses a picture id.
    pub fn read_picture(&self, text: &str, ticket: &ChallengeToken) -> PictureRef {
        let sealed = self.pictures.open::<SESSION_BYTES>(text, &ticket.key().0);
        let session = sealed.and_then(|bytes| Challenge::from_bytes(&bytes));
        match session.filter(|session| session.device() == ticket.device()) {
            Some(session) => PictureRef::Sealed(session),
            None => PictureRef::Stored(PictureId::parse(text)),
        }
    }

    /// Key under which the use of a sealed picture is recorded.
    pub fn nonce_of(session: &Challenge, key: Key) -> Key {
        Key::of(b"picture", &[&key.0[..], &session.picture().0].concat())
    }

    /// Seals a pass.
    pub fn seal_pass(&self, pass: &Pass) -> Option<String> {
        self.passes.seal(&pass.to_bytes(), b"")
    }

    /// Parses a pass.
    pub fn read_pass(&self, text: &str) -> Option<PresentedPass> {
        if let Some(ticket) = ChallengeToken::parse(text) {
            return Some(PresentedPass::Stored(ticket));
        }
        let bytes = self.passes.open::<PASS_BYTES>(text, b"")?;
        Some(PresentedPass::Sealed(Key::of(b"sealed pass", text.as_bytes()), Pass::from_bytes(&bytes)?))
    }

    /// Replays to the shared store, after each reconnect, what was used in this process meanwhile.
    pub async fn replay_when_back(self: Arc<Self>, clock: Arc<dyn Clock>) {
        let Some(shared) = self.shared.clone() else { return };
        loop {
            shared.reconnected().await;
            let owed = std::mem::take(&mut *self.owed.lock().unwrap_or_else(PoisonError::into_inner));
            match shared.take_over(&owed, UnixMillis::of(clock.now())).await {
                Ok(()) if owed.is_empty() => {}
                Ok(()) => tracing::info!(used = owed.len() as i64, "Redis was told what was used while it was away"),
                Err(error) => {
                    tracing::warn!(%error, "Redis could not be told what was used while it was away");
                    owed.into_iter().for_each(|used| self.owe(used));
                }
            }
        }
    }
}
