//! Store of one process: in memory, bounded, lost when the process ends.

mod expiring_map;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use service_kit::Clock;

use self::expiring_map::{ExpiringMap, Full};
use super::{ChallengeStore, RecordKeys, Records, StoreError, UpdateFn};
use crate::domain::{
    Challenge, DEVICE_BYTES, Device, Key, NetworkEvent, NetworkRecord, NetworkState, PASS_BYTES, Pass, PrefixKey,
    SESSION_BYTES, SHARDS, UnixMillis,
};

/// Maximum number of networks per shard.
const CROWDS: usize = 4096;

/// Keeps everything in this process.
pub struct MemoryStore {
    shards: Box<[Mutex<Shard>]>,
    crowds: Box<[Mutex<HashMap<PrefixKey, NetworkRecord>>]>,
    clock: Arc<dyn Clock>,
    epoch: u32,
}

struct Shard {
    sessions: ExpiringMap<SESSION_BYTES>,
    passes: ExpiringMap<PASS_BYTES>,
    nonces: ExpiringMap<0>,
    devices: ExpiringMap<DEVICE_BYTES>,
}

/// Number of records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Challenges.
    pub sessions: usize,
    /// Passes.
    pub passes: usize,
    /// Used pictures.
    pub nonces: usize,
    /// Devices.
    pub devices: usize,
}

impl MemoryStore {
    /// With room for `capacity` challenges, as many passes, twice as many used pictures, and four times as many
    /// devices.
    pub fn new(capacity: usize, clock: Arc<dyn Clock>) -> Self {
        let each = capacity.div_ceil(usize::from(SHARDS)).max(1);
        let shard = |_| {
            Mutex::new(Shard {
                sessions: ExpiringMap::new(each),
                passes: ExpiringMap::new(each),
                nonces: ExpiringMap::new(each * 2),
                devices: ExpiringMap::new(each * 4),
            })
        };
        let crowds = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards: (0..SHARDS).map(shard).collect(), crowds, clock, epoch: rand::random() }
    }

    /// Number of records.
    pub fn counts(&self) -> Counts {
        self.shards.iter().map(lock).fold(Counts::default(), |sum, shard| Counts {
            sessions: sum.sessions + shard.sessions.len(),
            passes: sum.passes + shard.passes.len(),
            nonces: sum.nonces + shard.nonces.len(),
            devices: sum.devices + shard.devices.len(),
        })
    }

    fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }
}

impl Shard {
    fn read(&self, spot: &RecordKeys, now: UnixMillis, epoch: u32) -> Records {
        let device = Key::of_device(spot.device);
        let known = self.devices.get(device, now).filter(|_| spot.with_device);
        Records {
            session: spot
                .session
                .and_then(|key| Challenge::from_bytes(&self.sessions.get(key, now)?))
                .filter(|session| session.expires_at() > now),
            pass: spot
                .pass
                .and_then(|key| Pass::from_bytes(&self.passes.get(key, now)?))
                .filter(|pass| pass.kept_until() > now),
            used: spot.nonce.and_then(|key| self.nonces.get(key, now)).map(|_| now),
            device: known.and_then(|bytes| Device::from_bytes(&bytes)).unwrap_or_default(),
            epoch,
        }
    }

    /// `true` when all new records fit.
    fn has_room(&self, spot: &RecordKeys, held: &Records) -> bool {
        let session = spot.session.filter(|_| held.session.is_some());
        let pass = spot.pass.filter(|_| held.pass.is_some());
        let nonce = spot.nonce.filter(|_| held.used.is_some());
        session.is_none_or(|key| self.sessions.has_room(key))
            && pass.is_none_or(|key| self.passes.has_room(key))
            && nonce.is_none_or(|key| self.nonces.has_room(key))
            && (!spot.with_device || self.devices.has_room(Key::of_device(spot.device)))
    }

    fn write(&mut self, spot: &RecordKeys, before: &Records, after: &Records, now: UnixMillis) -> Result<(), Full> {
        if let Some(key) = spot.session.filter(|_| before.session != after.session) {
            match after.session {
                Some(session) => self.sessions.put(key, session.to_bytes(), session.expires_at())?,
                None => self.sessions.remove(key),
            }
        }
        if let Some(key) = spot.pass.filter(|_| before.pass != after.pass) {
            match after.pass {
                Some(pass) => self.passes.put(key, pass.to_bytes(), pass.kept_until())?,
                None => self.passes.remove(key),
            }
        }
        match (spot.nonce, before.used, after.used) {
            (Some(key), None, Some(until)) => self.nonces.put(key, [], until)?,
            (Some(key), Some(_), None) => self.nonces.remove(key),
            _ => {}
        }
        if spot.with_device && before.device != after.device {
            let until = after.device.kept_until(now);
            self.devices.put(Key::of_device(spot.device), after.device.to_bytes(), until)?;
        }
        Ok(())
    }

    fn sweep(&mut self, now: UnixMillis) {
        self.sessions.sweep(now);
        self.passes.sweep(now);
        self.nonces.sweep(now);
        self.devices.sweep(now);
    }
}

#[async_trait]
impl ChallengeStore for MemoryStore {
    async fn change(&self, spot: &RecordKeys, step: UpdateFn<'_>) -> Result<(), StoreError> {
        let now = self.now();
        let mut shard = lock(&self.shards[usize::from(spot.device.shard())]);
        shard.sweep(now);
        let before = shard.read(spot, now, self.epoch);
        let mut after = before;
        step(&mut after, now);
        if after == before {
            return Ok(());
        }
        if !shard.has_room(spot, &after) {
            return Err(StoreError::Full);
        }
        shard.write(spot, &before, &after, now).map_err(|Full| StoreError::Full)
    }

    async fn crowd(&self, prefix: PrefixKey, event: NetworkEvent) -> Result<NetworkState, StoreError> {
        let now = self.now();
        let mut crowds = lock(&self.crowds[usize::from(prefix.shard())]);
        if let Some(crowd) = crowds.get_mut(&prefix) {
            return Ok(crowd.apply(event, now));
        }
        if matches!(event, NetworkEvent::Look | NetworkEvent::Leave(_) | NetworkEvent::Stay(..)) {
            return Ok(NetworkState::default());
        }
        if crowds.len() >= CROWDS {
            crowds.retain(|_, crowd| !crowd.is_over(now));
        }
        if crowds.len() >= CROWDS {
            return Err(StoreError::Full);
        }
        Ok(crowds.entry(prefix).or_default().apply(event, now))
    }
}

/// A panic of another thread leaves records consistent: each is written as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
