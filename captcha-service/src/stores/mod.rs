//! Where sessions, passes and devices are kept: in this process, or in Redis for all replicas.
//!
//! A store knows no rules. It shows a step what there is, and keeps what the step leaves, all of it or nothing, and only if
//! nobody else changed it meanwhile. So there is one state machine, and no second one in Lua that could differ from it.

pub mod memory;
pub mod redis;

use async_trait::async_trait;

use crate::domain::{
    Challenge, Device, DeviceKey, Key, NetworkEvent, NetworkState, PASS_BYTES, Pass, PrefixKey, UnixMillis,
};

pub use memory::MemoryStore;
pub use redis::RedisStore;

/// What a step wants to see and change. All of it belongs to one device, so that it lies in one part of the store.
#[derive(Debug, Clone, Copy)]
pub struct RecordKeys {
    /// The device, which says which part it is.
    pub device: DeviceKey,
    /// Whether the device itself is wanted.
    pub with_device: bool,
    /// A session.
    pub session: Option<Key>,
    /// A pass.
    pub pass: Option<Key>,
    /// A picture that may be used once.
    pub nonce: Option<Key>,
}

impl RecordKeys {
    /// Nothing but the device.
    pub fn device(device: DeviceKey) -> Self {
        Self { device, with_device: true, session: None, pass: None, nonce: None }
    }

    /// A session and its device.
    pub fn session(device: DeviceKey, session: Key) -> Self {
        Self { session: Some(session), ..Self::device(device) }
    }

    /// A pass.
    pub fn pass(device: DeviceKey, pass: Key) -> Self {
        Self { pass: Some(pass), with_device: false, ..Self::device(device) }
    }

    /// Together with a pass.
    #[must_use]
    pub fn and_pass(self, pass: Key) -> Self {
        Self { pass: Some(pass), ..self }
    }

    /// Together with a picture that may be used once.
    #[must_use]
    pub fn and_nonce(self, nonce: Key) -> Self {
        Self { nonce: Some(nonce), ..self }
    }
}

/// What a step sees, and what it leaves is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Records {
    /// The session, if it is live.
    pub session: Option<Challenge>,
    /// The pass, if there is one.
    pub pass: Option<Pass>,
    /// Until when it must be remembered that the picture was used, if it was.
    pub used: Option<UnixMillis>,
    /// The device; an empty one when nothing is known of it.
    pub device: Device,
    /// The life of the store: another number when it may have forgotten something.
    pub epoch: u32,
}

/// A step. It may be run several times, on what there is at that time; what it did the last time counts.
pub type UpdateFn<'a> = &'a mut (dyn FnMut(&mut Records, UnixMillis) + Send);

/// Something that was used.
#[derive(Debug, Clone, Copy)]
pub struct SpentNonce {
    /// The part of the stores it is in.
    pub shard: u8,
    /// Where it is kept.
    pub key: Key,
    /// The pass; `None` when it is a picture.
    pub pass: Option<[u8; PASS_BYTES]>,
    /// Until when it must be remembered.
    pub until: UnixMillis,
}

/// Why a store did nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, is slow, or does not take writes.
    #[error("the store is away: {0}")]
    Away(String),
    /// It has no room. Nothing is ever thrown out for something new.
    #[error("the store is full")]
    Full,
    /// Too many others changed the same things at the same time.
    #[error("too many at once want the same")]
    Contended,
}

/// A store.
#[async_trait]
pub trait ChallengeStore: Send + Sync + 'static {
    /// Runs a step on what is kept at `spot`, and keeps what it leaves, in one atomic step.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was changed, except that after [`StoreError::Away`] it may have been.
    async fn change(&self, spot: &RecordKeys, step: UpdateFn<'_>) -> Result<(), StoreError>;

    /// Lets something happen in a network.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn crowd(&self, prefix: PrefixKey, event: NetworkEvent) -> Result<NetworkState, StoreError>;
}

/// Runs a step and gives what it said the last time.
///
/// # Errors
/// [`StoreError`].
pub async fn change<R: Send>(
    store: &dyn ChallengeStore,
    spot: &RecordKeys,
    mut step: impl FnMut(&mut Records, UnixMillis) -> R + Send,
) -> Result<R, StoreError> {
    let mut said = None;
    store.change(spot, &mut |held, now| said = Some(step(held, now))).await?;
    said.ok_or(StoreError::Contended)
}
