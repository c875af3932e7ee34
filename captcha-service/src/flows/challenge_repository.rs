//! Where steps are made: in the shared store, or in this process while that is away.
//!
//! Sessions are kept in one of two ways. *Stored*: in the store, answer and all, under a hash of the session's name. *Sealed*:
//! nowhere but in the picture's own name, which nobody can read or change; the store only remembers which pictures were used.
//! While the shared store is away everything new is sealed, and what was used is remembered here, so that a picture or a pass
//! works at most once at each replica; it carries a mark then.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{
    Challenge, ChallengeToken, DeviceKey, Key, PASS_BYTES, Pass, PictureId, SESSION_BYTES, UnixMillis,
};
use crate::metrics;
use crate::sealer::Sealer;
use crate::stores::{self, ChallengeStore, MemoryStore, RecordKeys, Records, RedisStore, SpentNonce, StoreError};
use service_kit::Clock;

/// Pictures and passes that the shared store is told of at most when it is back; some 100 bytes each.
const MAX_REPLAYS: usize = 200_000;

/// The stores and the seals.
pub struct ChallengeRepository {
    shared: Option<Arc<RedisStore>>,
    local: Arc<MemoryStore>,
    sealed: bool,
    pictures: Sealer,
    passes: Sealer,
    began: UnixMillis,
    owed: Mutex<Vec<SpentNonce>>,
}

/// Where a step was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreMode {
    /// Where it should be.
    Properly,
    /// In this process, because the shared store is away.
    Degraded,
}

/// A picture's name, read.
#[derive(Debug, Clone, Copy)]
pub enum PictureRef {
    /// Of a session that is stored, if it is any.
    Stored(Option<PictureId>),
    /// Of a session that is sealed in it.
    Sealed(Challenge),
}

/// A pass, read.
#[derive(Debug, Clone, Copy)]
pub enum PresentedPass {
    /// Kept in the store.
    Stored(ChallengeToken),
    /// Sealed; the key is where it will be remembered.
    Sealed(Key, Pass),
}

impl ChallengeRepository {
    /// With these stores. `secrets` are those that all replicas share; the first one seals.
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

    /// Whether new sessions are sealed.
    pub fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// Whether there should be a shared store.
    pub fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Whether it is away.
    pub fn is_degraded(&self) -> bool {
        self.shared.as_ref().is_some_and(|shared| !shared.is_connected())
    }

    /// The store that should be asked.
    pub fn main(&self) -> &dyn ChallengeStore {
        match &self.shared {
            Some(shared) => shared.as_ref(),
            None => self.local.as_ref(),
        }
    }

    /// Makes a step that only the store itself can make: what is stored in it is nowhere else.
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

    /// Makes a step in the store, or here while the store is away. The step is told where it is made.
    ///
    /// # Errors
    /// [`StoreError`], but not that it is away.
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

    /// Marks a sealed picture as used in this process, before the shared store is asked: false when it was marked before.
    /// So whatever becomes of the shared store meanwhile, this process uses no picture twice.
    ///
    /// # Errors
    /// When there is no room to mark it.
    pub async fn claim(&self, spot: &RecordKeys, until: UnixMillis) -> Result<bool, StoreError> {
        if self.shared.is_none() {
            return Ok(true); // the step itself marks it, in the same store
        }
        let spot = RecordKeys { with_device: false, ..*spot };
        let mark = |held: &mut Records, _| held.used.replace(until).is_none();
        stores::change(self.local.as_ref(), &spot, mark).await
    }

    /// Takes the mark back: the step was not made.
    pub async fn unclaim(&self, spot: &RecordKeys) {
        let spot = RecordKeys { with_device: false, ..*spot };
        if self.shared.is_some() {
            // Failing that, the picture stays used, which is the safe side.
            let _ = stores::change(self.local.as_ref(), &spot, |held, _| held.used = None).await;
        }
    }

    /// Makes a step in this process alone.
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

    /// Notes that the shared store has to be told of a picture when it is back.
    pub fn owe_picture(&self, spot: &RecordKeys, until: UnixMillis) {
        if let Some(key) = spot.nonce {
            self.owe(SpentNonce { shard: spot.device.shard(), key, pass: None, until });
        }
    }

    /// Notes that the shared store has to be told of a pass when it is back.
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

    /// Whether something sealed in `epoch` at `made_at` may still count: the store that counts what was used must not have
    /// forgotten anything since.
    pub fn counts(&self, epoch: u32, made_at: UnixMillis, held: &Records, made: StoreMode) -> bool {
        match made {
            StoreMode::Properly => epoch == held.epoch,
            StoreMode::Degraded => self.remembers(made_at),
        }
    }

    /// Whether this process ran already, so that it knows what it has used since.
    pub fn remembers(&self, made_at: UnixMillis) -> bool {
        made_at >= self.began
    }

    /// The life of the shared store as far as known, for what is sealed while it is away.
    pub fn last_epoch(&self, device: DeviceKey, held: &Records, made: StoreMode) -> u32 {
        match (&self.shared, made) {
            (Some(shared), StoreMode::Degraded) => shared.epoch(device.shard()),
            _ => held.epoch,
        }
    }

    /// The name of the picture that a sealed session shows; it opens for this session only.
    pub fn seal_picture(&self, session: &Challenge, key: Key) -> Option<String> {
        self.pictures.seal(&session.to_bytes(), &key.0)
    }

    /// Reads a picture's name.
    pub fn read_picture(&self, text: &str, ticket: &ChallengeToken) -> PictureRef {
        let sealed = self.pictures.open::<SESSION_BYTES>(text, &ticket.key().0);
        let session = sealed.and_then(|bytes| Challenge::from_bytes(&bytes));
        match session.filter(|session| session.device() == ticket.device()) {
            Some(session) => PictureRef::Sealed(session),
            None => PictureRef::Stored(PictureId::parse(text)),
        }
    }

    /// Where it is remembered that a sealed picture was used.
    pub fn nonce_of(session: &Challenge, key: Key) -> Key {
        Key::of(b"picture", &[&key.0[..], &session.picture().0].concat())
    }

    /// A pass as text.
    pub fn seal_pass(&self, pass: &Pass) -> Option<String> {
        self.passes.seal(&pass.to_bytes(), b"")
    }

    /// Reads a pass.
    pub fn read_pass(&self, text: &str) -> Option<PresentedPass> {
        if let Some(ticket) = ChallengeToken::parse(text) {
            return Some(PresentedPass::Stored(ticket));
        }
        let bytes = self.passes.open::<PASS_BYTES>(text, b"")?;
        Some(PresentedPass::Sealed(Key::of(b"sealed pass", text.as_bytes()), Pass::from_bytes(&bytes)?))
    }

    /// Keeps up with the shared store: whenever it is back, it is told what was used here meanwhile.
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
