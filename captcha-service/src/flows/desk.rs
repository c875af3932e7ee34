//! Where steps are made: in the shared store, or in this process while that is away.
//!
//! Sessions are kept in one of two ways. *Stored*: in the store, answer and all, under a hash of the session's name. *Sealed*:
//! nowhere but in the picture's own name, which nobody can read or change; the store only remembers which pictures were used.
//! While the shared store is away everything new is sealed, and what was used is remembered here, so that a picture or a pass
//! works at most once at each replica; it carries a mark then.

use std::sync::Arc;

use crate::domain::{DeviceKey, Key, Moment, PASS_BYTES, Pass, PictureId, SESSION_BYTES, Session, Ticket};
use crate::measures;
use crate::seals::Seals;
use crate::stores::{self, ChallengeStore, Held, MemoryStore, RedisStore, Spot, StoreError};
use service_kit::Clock;

/// The stores and the seals.
pub struct Desk {
    shared: Option<Arc<RedisStore>>,
    local: Arc<MemoryStore>,
    sealed: bool,
    pictures: Seals,
    passes: Seals,
    began: Moment,
}

/// Where a step was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Where it should be.
    Properly,
    /// In this process, because the shared store is away.
    Degraded,
}

/// A picture's name, read.
#[derive(Debug, Clone, Copy)]
pub enum Named {
    /// Of a session that is stored, if it is any.
    Stored(Option<PictureId>),
    /// Of a session that is sealed in it.
    Sealed(Session),
}

/// A pass, read.
#[derive(Debug, Clone, Copy)]
pub enum Shown {
    /// Kept in the store.
    Stored(Ticket),
    /// Sealed; the key is where it will be remembered.
    Sealed(Key, Pass),
}

impl Desk {
    /// With these stores. `secrets` are those that all replicas share; the first one seals.
    pub fn new(
        shared: Option<Arc<RedisStore>>,
        local: Arc<MemoryStore>,
        sealed: bool,
        secrets: &[&[u8]],
        clock: &dyn Clock,
    ) -> Self {
        let seals = |purpose| Seals::new(secrets.iter().copied(), purpose);
        let (pictures, passes) = (seals("picture"), seals("pass"));
        Self { shared, local, sealed, pictures, passes, began: Moment::of(clock.now()) }
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
        spot: &Spot,
        step: impl FnMut(&mut Held, Moment) -> R + Send,
    ) -> Result<R, StoreError> {
        stores::change(self.main(), spot, step).await.inspect_err(|_| measures::store_failed())
    }

    /// Makes a step in the store, or here while the store is away. The step is told where it is made.
    ///
    /// # Errors
    /// [`StoreError`], but not that it is away.
    pub async fn change_anyhow<R: Send>(
        &self,
        spot: &Spot,
        mut step: impl FnMut(&mut Held, Moment, Made) -> R + Send,
    ) -> Result<(R, Made), StoreError> {
        if let Some(shared) = &self.shared {
            match stores::change(shared.as_ref(), spot, |held, now| step(held, now, Made::Properly)).await {
                Err(StoreError::Away(_)) => measures::store_failed(),
                other => return Ok((other?, Made::Properly)),
            }
        }
        let made = if self.is_shared() { Made::Degraded } else { Made::Properly };
        Ok((stores::change(self.local.as_ref(), spot, |held, now| step(held, now, made)).await?, made))
    }

    /// Whether something was used here while the shared store was away.
    pub async fn used_here(&self, spot: &Spot) -> bool {
        if self.shared.is_none() {
            return false;
        }
        let seen =
            stores::change(self.local.as_ref(), spot, |held, _| held.used.is_some() || held.pass.is_some()).await;
        seen.unwrap_or(false)
    }

    /// Whether something sealed in `epoch` at `made_at` may still count: the store that counts what was used must not have
    /// forgotten anything since.
    pub fn counts(&self, epoch: u32, made_at: Moment, held: &Held, made: Made) -> bool {
        match made {
            Made::Properly => epoch == held.epoch,
            Made::Degraded => made_at >= self.began,
        }
    }

    /// The life of the shared store as far as known, for what is sealed while it is away.
    pub fn last_epoch(&self, device: DeviceKey, held: &Held, made: Made) -> u32 {
        match (&self.shared, made) {
            (Some(shared), Made::Degraded) => shared.life(device.shard()),
            _ => held.epoch,
        }
    }

    /// The name of the picture that a sealed session shows; it opens for this session only.
    pub fn seal_picture(&self, session: &Session, key: Key) -> Option<String> {
        self.pictures.seal(&session.to_bytes(), &key.0)
    }

    /// Reads a picture's name.
    pub fn read_picture(&self, text: &str, ticket: &Ticket) -> Named {
        let sealed = self.pictures.open::<SESSION_BYTES>(text, &ticket.key().0);
        let session = sealed.and_then(|bytes| Session::from_bytes(&bytes));
        match session.filter(|session| session.device() == ticket.device()) {
            Some(session) => Named::Sealed(session),
            None => Named::Stored(PictureId::parse(text)),
        }
    }

    /// Where it is remembered that a sealed picture was used.
    pub fn nonce_of(session: &Session, key: Key) -> Key {
        Key::of(b"picture", &[&key.0[..], &session.picture().0].concat())
    }

    /// A pass as text.
    pub fn seal_pass(&self, pass: &Pass) -> Option<String> {
        self.passes.seal(&pass.to_bytes(), b"")
    }

    /// Reads a pass.
    pub fn read_pass(&self, text: &str) -> Option<Shown> {
        if let Some(ticket) = Ticket::parse(text) {
            return Some(Shown::Stored(ticket));
        }
        let bytes = self.passes.open::<PASS_BYTES>(text, b"")?;
        Some(Shown::Sealed(Key::of(b"sealed pass", text.as_bytes()), Pass::from_bytes(&bytes)?))
    }

    /// Keeps up with the shared store: whenever it is back, it is told what was used here meanwhile.
    pub async fn keep_up(self: Arc<Self>, clock: Arc<dyn Clock>) {
        let Some(shared) = self.shared.clone() else { return };
        loop {
            shared.back().await;
            let used = self.local.used();
            match shared.take_over(&used, Moment::of(clock.now())).await {
                Ok(()) if used.is_empty() => {}
                Ok(()) => tracing::info!(used = used.len() as i64, "Redis was told what was used while it was away"),
                Err(error) => tracing::warn!(%error, "Redis could not be told what was used while it was away"),
            }
        }
    }
}
