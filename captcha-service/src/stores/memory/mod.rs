//! Store of one process: in memory, bounded, lost when the process ends.

mod expiring_map;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use service_kit::Clock;

use self::expiring_map::{ExpiringMap, Full};
use super::{ChallengeStore, RecordKeys, Records, StoreError, UpdateFn};
use crate::domain::{
    CHALLENGE_BYTES, Challenge, DEVICE_BYTES, Device, Key, NetworkEvent, NetworkRecord, NetworkState, PASS_BYTES, Pass,
    PrefixKey, SHARDS, UnixMillis,
};

/// Maximum number of networks per shard.
const MAX_NETWORKS: usize = 4096;

/// Keeps everything in this process.
pub struct MemoryStore {
    shards: Box<[Mutex<Shard>]>,
    networks: Box<[Mutex<HashMap<PrefixKey, NetworkRecord>>]>,
    clock: Arc<dyn Clock>,
    epoch: u32,
}

struct Shard {
    challenges: ExpiringMap<CHALLENGE_BYTES>,
    passes: ExpiringMap<PASS_BYTES>,
    nonces: ExpiringMap<0>,
    devices: ExpiringMap<DEVICE_BYTES>,
}

/// Number of records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Challenges.
    pub challenges: usize,
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
                challenges: ExpiringMap::new(each),
                passes: ExpiringMap::new(each),
                nonces: ExpiringMap::new(each * 2),
                devices: ExpiringMap::new(each * 4),
            })
        };
        let networks = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards: (0..SHARDS).map(shard).collect(), networks, clock, epoch: rand::random() }
    }

    /// Number of records.
    pub fn counts(&self) -> Counts {
        self.shards.iter().map(lock).fold(Counts::default(), |sum, shard| Counts {
            challenges: sum.challenges + shard.challenges.len(),
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
    fn read(&self, keys: &RecordKeys, now: UnixMillis, epoch: u32) -> Records {
        let device = Key::of_device(keys.device);
        let known = self.devices.get(device, now).filter(|_| keys.with_device);
        Records {
            challenge: keys
                .challenge
                .and_then(|key| Challenge::from_bytes(&self.challenges.get(key, now)?))
                .filter(|challenge| challenge.expires_at() > now),
            pass: keys
                .pass
                .and_then(|key| Pass::from_bytes(&self.passes.get(key, now)?))
                .filter(|pass| pass.retained_until() > now),
            used: keys.nonce.and_then(|key| self.nonces.get(key, now)).map(|_| now),
            device: known.and_then(|bytes| Device::from_bytes(&bytes)).unwrap_or_default(),
            epoch,
        }
    }

    /// `true` when all new records fit.
    fn has_room(&self, keys: &RecordKeys, records: &Records) -> bool {
        let challenge = keys.challenge.filter(|_| records.challenge.is_some());
        let pass = keys.pass.filter(|_| records.pass.is_some());
        let nonce = keys.nonce.filter(|_| records.used.is_some());
        challenge.is_none_or(|key| self.challenges.has_room(key))
            && pass.is_none_or(|key| self.passes.has_room(key))
            && nonce.is_none_or(|key| self.nonces.has_room(key))
            && (!keys.with_device || self.devices.has_room(Key::of_device(keys.device)))
    }

    fn write(&mut self, keys: &RecordKeys, before: &Records, after: &Records, now: UnixMillis) -> Result<(), Full> {
        if let Some(key) = keys.challenge.filter(|_| before.challenge != after.challenge) {
            match after.challenge {
                Some(challenge) => self.challenges.put(key, challenge.to_bytes(), challenge.expires_at())?,
                None => self.challenges.remove(key),
            }
        }
        if let Some(key) = keys.pass.filter(|_| before.pass != after.pass) {
            match after.pass {
                Some(pass) => self.passes.put(key, pass.to_bytes(), pass.retained_until())?,
                None => self.passes.remove(key),
            }
        }
        match (keys.nonce, before.used, after.used) {
            (Some(key), None, Some(until)) => self.nonces.put(key, [], until)?,
            (Some(key), Some(_), None) => self.nonces.remove(key),
            _ => {}
        }
        if keys.with_device && before.device != after.device {
            let until = after.device.retained_until(now);
            self.devices.put(Key::of_device(keys.device), after.device.to_bytes(), until)?;
        }
        Ok(())
    }

    fn sweep(&mut self, now: UnixMillis) {
        self.challenges.sweep(now);
        self.passes.sweep(now);
        self.nonces.sweep(now);
        self.devices.sweep(now);
    }
}

#[async_trait]
impl ChallengeStore for MemoryStore {
    async fn change(&self, keys: &RecordKeys, update: UpdateFn<'_>) -> Result<(), StoreError> {
        let now = self.now();
        let mut shard = lock(&self.shards[usize::from(keys.device.shard())]);
        shard.sweep(now);
        let before = shard.read(keys, now, self.epoch);
        let mut after = before;
        update(&mut after, now);
        if after == before {
            return Ok(());
        }
        if !shard.has_room(keys, &after) {
            return Err(StoreError::Full);
        }
        shard.write(keys, &before, &after, now).map_err(|Full| StoreError::Full)
    }

    async fn apply_network_event(&self, prefix: PrefixKey, event: NetworkEvent) -> Result<NetworkState, StoreError> {
        let now = self.now();
        let mut networks = lock(&self.networks[usize::from(prefix.shard())]);
        if let Some(network) = networks.get_mut(&prefix) {
            return Ok(network.apply(event, now));
        }
        if matches!(event, NetworkEvent::Read | NetworkEvent::Closed(_) | NetworkEvent::Extended(..)) {
            return Ok(NetworkState::default());
        }
        if networks.len() >= MAX_NETWORKS {
            networks.retain(|_, network| !network.is_empty(now));
        }
        if networks.len() >= MAX_NETWORKS {
            return Err(StoreError::Full);
        }
        Ok(networks.entry(prefix).or_default().apply(event, now))
    }
}

/// A panic of another thread leaves records consistent: each is written as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
