//! Storage of challenges, passes and devices: in this process, or in Redis for all replicas.
//!
//! A store knows no rules. It passes the current records to an update function and writes the result back atomically,
//! only if no other update changed them meanwhile (optimistic concurrency). So there is one state machine, and none in
//! Lua to diverge.

pub mod memory;
pub mod redis;

use async_trait::async_trait;

use crate::domain::{
    Challenge, Device, DeviceKey, Key, NetworkEvent, NetworkState, PASS_BYTES, Pass, PrefixKey, UnixMillis,
};

pub use memory::MemoryStore;
pub use redis::RedisStore;

/// Keys of the records that an update reads and writes. All belong to one device, so that they are in one shard.
#[derive(Debug, Clone, Copy)]
pub struct RecordKeys {
    /// The device, which determines the shard.
    pub device: DeviceKey,
    /// `true` to include the device record.
    pub with_device: bool,
    /// A challenge.
    pub challenge: Option<Key>,
    /// A pass.
    pub pass: Option<Key>,
    /// A sealed picture, usable once.
    pub nonce: Option<Key>,
}

impl RecordKeys {
    /// The device only.
    pub fn device(device: DeviceKey) -> Self {
        Self { device, with_device: true, challenge: None, pass: None, nonce: None }
    }

    /// A challenge and its device.
    pub fn challenge(device: DeviceKey, challenge: Key) -> Self {
        Self { challenge: Some(challenge), ..Self::device(device) }
    }

    /// A pass without its device.
    pub fn pass(device: DeviceKey, pass: Key) -> Self {
        Self { pass: Some(pass), with_device: false, ..Self::device(device) }
    }

    /// Adds a pass.
    #[must_use]
    pub fn and_pass(self, pass: Key) -> Self {
        Self { pass: Some(pass), ..self }
    }

    /// Adds a picture.
    #[must_use]
    pub fn and_nonce(self, nonce: Key) -> Self {
        Self { nonce: Some(nonce), ..self }
    }
}

/// Records passed to an update; the result is written back.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Records {
    /// The challenge, if it is live.
    pub challenge: Option<Challenge>,
    /// The pass, if it exists.
    pub pass: Option<Pass>,
    /// Retention of the picture's use, if it was used.
    pub used: Option<UnixMillis>,
    /// The device; empty if unknown.
    pub device: Device,
    /// Epoch of the store: changes when records may have been lost.
    pub epoch: u32,
}

/// An update. It may run several times, each time on the current records; the last run counts.
pub type UpdateFn<'a> = &'a mut (dyn FnMut(&mut Records, UnixMillis) + Send);

/// A used picture or pass.
#[derive(Debug, Clone, Copy)]
pub struct SpentNonce {
    /// Its shard.
    pub shard: u8,
    /// Its storage key.
    pub key: Key,
    /// The pass; `None` for a picture.
    pub pass: Option<[u8; PASS_BYTES]>,
    /// End of retention.
    pub until: UnixMillis,
}

/// Reason why a store did nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Unreachable, too slow, or read-only.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// No room. Nothing is ever evicted.
    #[error("the store is full")]
    Full,
    /// Too many concurrent updates of the same records.
    #[error("the records were changed concurrently too often")]
    Contended,
}

/// A store.
#[async_trait]
pub trait ChallengeStore: Send + Sync + 'static {
    /// Runs an update on the records of `keys` and writes the result back, atomically.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was changed, except that after [`StoreError::Unavailable`] it may have been.
    async fn change(&self, keys: &RecordKeys, update: UpdateFn<'_>) -> Result<(), StoreError>;

    /// Applies an event to a network.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn apply_network_event(&self, prefix: PrefixKey, event: NetworkEvent) -> Result<NetworkState, StoreError>;
}

/// Runs an update and returns the result of its last run.
///
/// # Errors
/// [`StoreError`].
pub async fn change<R: Send>(
    store: &dyn ChallengeStore,
    keys: &RecordKeys,
    mut update: impl FnMut(&mut Records, UnixMillis) -> R + Send,
) -> Result<R, StoreError> {
    let mut result = None;
    store.change(keys, &mut |records, now| result = Some(update(records, now))).await?;
    result.ok_or(StoreError::Contended)
}
