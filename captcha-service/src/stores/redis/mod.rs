//! Store shared by replicas: Redis.
//!
//! An update takes two round trips: `look.lua` reads all its records at one moment and by the server's clock, and
//! `keep.lua` writes the result if nothing has changed (compare and set); otherwise the update is retried. All keys of
//! an update carry one hash tag, so that they are in one slot of a cluster; keys are hashes of secrets, so that read
//! access to Redis reveals no usable token.

mod connection_manager;
mod scripts;

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deadpool_redis::redis::{RedisError, Value};
use limiter_lib::store::redis::{InvalidRedis, RedisConnection, RedisSettings};
use service_kit::Clock;

use self::connection_manager::{ConnectionManager, TIMEOUT};
use super::{ChallengeStore, RecordKeys, Records, SpentNonce, StoreError, UpdateFn};
use crate::domain::{
    Challenge, Device, HOUR_MS, HOURS, Key, NetworkEvent, NetworkState, Pass, PassBudget, PassCounts, PrefixKey,
    UnixMillis, forgotten_at, rules,
};

/// Default prefix of all keys.
pub const PREFIX: &str = "cap1";
/// Maximum attempts of a contended update. In each round one update succeeds, so 64 concurrent ones need few.
const MAX_ATTEMPTS: usize = 64;
/// Extra TTL of records, in ms: their timestamps decide about expiry, not the removal of keys.
const SLACK_MS: u64 = 2_000;
/// Window of the counters of networks, in ms.
const WINDOW_MS: u64 = 600_000;

/// Keeps everything in Redis.
pub struct RedisStore {
    manager: Arc<ConnectionManager>,
    clock: Option<Arc<dyn Clock>>,
}

/// Reply of look.lua.
struct Snapshot {
    now: UnixMillis,
    marker: Vec<u8>,
    values: Vec<Vec<u8>>,
    records: Records,
}

impl RedisStore {
    /// Connects in the background, without waiting. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// [`InvalidRedis`]: settings that the driver rejects.
    pub fn start(settings: &RedisSettings, prefix: &str) -> Result<Self, InvalidRedis> {
        let manager = Arc::new(ConnectionManager::new(settings, prefix)?);
        tokio::spawn(connection_manager::run(Arc::downgrade(&manager)));
        Ok(Self { manager, clock: None })
    }

    /// Uses this clock instead of the server's: for tests that move time.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// `true` while connected.
    pub fn is_connected(&self) -> bool {
        self.manager.is_connected()
    }

    /// Waits for the next reconnect.
    pub async fn reconnected(&self) {
        self.manager.reconnected.notified().await;
    }

    /// Last known epoch of the device shard; 0 if unknown.
    pub fn epoch(&self, shard: u8) -> u32 {
        self.manager.epoch(u16::from(shard) % self.manager.shards)
    }

    /// Takes over what was used in this process while the server was unavailable.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replay(&self, used: &[SpentNonce], now: UnixMillis) -> Result<(), StoreError> {
        for used in used {
            let shard = u16::from(used.shard) % self.manager.shards;
            let ttl = now.until(used.until).as_millis() as u64 + SLACK_MS;
            let (kind, value) = match &used.pass {
                None => ('n', &b"1"[..]),
                Some(pass) => ('p', &pass[..]),
            };
            let mut command = deadpool_redis::redis::cmd("SET");
            command.arg(self.key(shard, kind, &used.key.0)).arg(value).arg("PX").arg(ttl);
            let sent = self.manager.connection()?.send(&command, TIMEOUT).await;
            sent.map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    fn shard(&self, keys: &RecordKeys) -> u16 {
        u16::from(keys.device.shard()) % self.manager.shards
    }

    /// `cap1:{0}:s:` and the key in 22 characters.
    fn key(&self, shard: u16, kind: char, key: &[u8]) -> String {
        format!("{}:{{{shard}}}:{kind}:{}", self.manager.prefix, URL_SAFE_NO_PAD.encode(key))
    }

    /// Redis keys of an update; the marker first.
    fn redis_keys(&self, keys: &RecordKeys) -> Vec<String> {
        let shard = self.shard(keys);
        let mut redis_keys = vec![self.manager.marker(shard)];
        redis_keys.extend(keys.challenge.map(|key| self.key(shard, 's', &key.0)));
        redis_keys.extend(keys.pass.map(|key| self.key(shard, 'p', &key.0)));
        redis_keys.extend(keys.nonce.map(|key| self.key(shard, 'n', &key.0)));
        redis_keys.extend(keys.with_device.then(|| self.key(shard, 'd', &keys.device.0)));
        redis_keys
    }

    async fn read_records(
        &self,
        connection: &mut RedisConnection,
        keys: &RecordKeys,
        redis_keys: &[String],
    ) -> Result<Snapshot, StoreError> {
        let shard = self.shard(keys);
        let mut answer = self.read(connection, redis_keys).await?;
        if answer.get(1).is_none_or(Vec::is_empty) {
            self.manager.join(connection, shard).await?; // flushed since the last heartbeat
            answer = self.read(connection, redis_keys).await?;
        }
        let unexpected = || StoreError::Unavailable("an answer of another shape".to_owned());
        let mut answer = answer.into_iter();
        let (now, marker) = answer.next().zip(answer.next()).ok_or_else(unexpected)?;
        let now = std::str::from_utf8(&now).ok().and_then(|now| now.parse().ok()).ok_or_else(unexpected)?;
        let now = self.clock.as_ref().map_or(UnixMillis::from_millis(now), |clock| UnixMillis::of(clock.now()));
        let epoch = self.manager.record_marker(shard, &marker).ok_or_else(unexpected)?;
        let values: Vec<Vec<u8>> = answer.collect();
        let records = decode(keys, &values, now, epoch).ok_or_else(unexpected)?;
        Ok(Snapshot { now, marker, values, records })
    }

    async fn read(&self, connection: &mut RedisConnection, redis_keys: &[String]) -> Result<Vec<Vec<u8>>, StoreError> {
        let none: [&str; 0] = [];
        let answer = self.manager.scripts.look.run(connection, redis_keys, &none, TIMEOUT).await;
        match answer.map_err(|error| self.failed(&error))? {
            Value::Array(values) => Ok(values.into_iter().filter_map(bytes).collect()),
            _ => Err(StoreError::Unavailable("an answer of another shape".to_owned())),
        }
    }

    /// Writes the result of an update; `false` when another update was faster.
    async fn write_back(
        &self,
        connection: &mut RedisConnection,
        keys: &RecordKeys,
        redis_keys: &[String],
        snapshot: Snapshot,
        after: &Records,
    ) -> Result<bool, StoreError> {
        let mut arguments = vec![snapshot.marker];
        for (before, (after, until)) in snapshot.values.into_iter().zip(encode(keys, after, snapshot.now)) {
            let ttl = snapshot.now.until(until).as_millis() as u64 + SLACK_MS;
            // An untouched value is written back unchanged, even if it could not be decoded.
            arguments.extend([before, after, ttl.to_string().into_bytes()]);
        }
        let answer = self.manager.scripts.keep.run(connection, redis_keys, &arguments, TIMEOUT).await;
        Ok(answer.map_err(|error| self.failed(&error))? == Value::Int(1))
    }

    /// An error reply proves that the server is reachable; no reply does not.
    fn failed(&self, error: &RedisError) -> StoreError {
        match error.code() {
            Some("OOM") => StoreError::Full,
            // A wrong key or a forbidden command is no reason to reconnect; a read-only server is.
            Some(code) if !matches!(code, "READONLY" | "LOADING" | "MASTERDOWN" | "NOREPLICAS") => {
                tracing::debug!(code, "Redis refuses");
                StoreError::Unavailable(format!("refused: {code}"))
            }
            _ => {
                self.manager.invalidate();
                StoreError::Unavailable(error.to_string())
            }
        }
    }
}

#[async_trait]
impl ChallengeStore for RedisStore {
    async fn change(&self, keys: &RecordKeys, update: UpdateFn<'_>) -> Result<(), StoreError> {
        let redis_keys = self.redis_keys(keys);
        let mut connection = self.manager.connection()?;
        for _ in 0..MAX_ATTEMPTS {
            let snapshot = self.read_records(&mut connection, keys, &redis_keys).await?;
            let mut after = snapshot.records;
            update(&mut after, snapshot.now);
            if after == snapshot.records
                || self.write_back(&mut connection, keys, &redis_keys, snapshot, &after).await?
            {
                return Ok(());
            }
        }
        Err(StoreError::Contended)
    }

    async fn apply_network_event(&self, prefix: PrefixKey, event: NetworkEvent) -> Result<NetworkState, StoreError> {
        let shard = u16::from(prefix.shard()) % self.manager.shards;
        let keys = ['l', 'c', 'b'].map(|kind| self.key(shard, kind, &prefix.0));
        let now = self.clock.as_ref().map(|clock| UnixMillis::of(clock.now()));
        let arguments = network_arguments(event, now);
        let mut connection = self.manager.connection()?;
        let answer = self.manager.scripts.network.run(&mut connection, &keys, &arguments, TIMEOUT).await;
        let Value::Array(counts) = answer.map_err(|error| self.failed(&error))? else {
            return Err(StoreError::Unavailable("an answer of another shape".to_owned()));
        };
        Ok(network_state(&counts))
    }
}

/// Arguments of network.lua.
fn network_arguments(event: NetworkEvent, now: Option<UnixMillis>) -> Vec<Vec<u8>> {
    let (name, challenge, until) = match event {
        NetworkEvent::Read => ("look", None, None),
        NetworkEvent::Opened(key, until) => ("enter", Some(key), Some(until)),
        NetworkEvent::Extended(key, until) => ("stay", Some(key), Some(until)),
        NetworkEvent::Closed(key) => ("leave", Some(key), None),
        NetworkEvent::NewDevice => ("new", None, None),
        NetworkEvent::Waived => ("waived", None, None),
        NetworkEvent::Lost(key) => ("lost", Some(key), None),
        NetworkEvent::Passed(key, need) => (if need.spoken { "heard" } else { "pass" }, Some(key), None),
    };
    let budget = if let NetworkEvent::Passed(_, need) = event { need.budget } else { PassBudget::default() };
    let challenge = challenge.map(|Key([a, b, c, d, ..])| vec![a, b, c, d]).unwrap_or_default();
    let number = |number: u64| number.to_string().into_bytes();
    let now = now.map(|now| number(now.millis())).unwrap_or_default();
    let until = number(until.unwrap_or_default().millis());
    let limits = [rules::LIVE_PER_PREFIX, rules::NEW_DEVICES_PER_PREFIX, rules::WAIVERS_PER_PREFIX];
    let limits = limits.into_iter().chain([budget.passes(), budget.spoken()]).map(|limit| number(u64::from(limit)));
    let head = [name.as_bytes().to_vec(), challenge, until, now, number(WINDOW_MS)];
    head.into_iter().chain(limits).chain([number(HOUR_MS), number(u64::from(HOURS))]).collect()
}

/// Reply of network.lua; absent values count as zero.
fn network_state(counts: &[Value]) -> NetworkState {
    let count = |at: usize| if let Some(Value::Int(count)) = counts.get(at) { *count } else { 0 };
    let fraction = |at: usize| count(at) as f32 / 1000.0;
    let whole = |at: usize| u32::try_from(count(at)).unwrap_or(0);
    let passes = PassCounts {
        all: whole(4),
        spoken: whole(5),
        all_from: forgotten_at(whole(6)),
        spoken_from: forgotten_at(whole(7)),
    };
    NetworkState { live: whole(0), new_devices: fraction(1), lost: fraction(2), passes, refused: count(3) == 1 }
}

/// Decodes values into records. An undecodable value counts as absent: it is of another version, or foreign.
fn decode(keys: &RecordKeys, values: &[Vec<u8>], now: UnixMillis, epoch: u32) -> Option<Records> {
    let mut values = values.iter();
    let mut records = Records { epoch, ..Records::default() };
    if keys.challenge.is_some() {
        records.challenge = Challenge::from_bytes(values.next()?).filter(|challenge| challenge.expires_at() > now);
    }
    if keys.pass.is_some() {
        records.pass = Pass::from_bytes(values.next()?).filter(|pass| pass.retained_until() > now);
    }
    if keys.nonce.is_some() {
        records.used = (!values.next()?.is_empty()).then_some(now);
    }
    if keys.with_device {
        records.device = Device::from_bytes(values.next()?).unwrap_or_default();
    }
    Some(records)
}

/// Encodes records with their ends of retention, in the order of the keys.
fn encode(keys: &RecordKeys, records: &Records, now: UnixMillis) -> Vec<(Vec<u8>, UnixMillis)> {
    let mut values = Vec::with_capacity(4);
    if keys.challenge.is_some() {
        values.push(records.challenge.map(|challenge| (challenge.to_bytes().to_vec(), challenge.expires_at())));
    }
    if keys.pass.is_some() {
        values.push(records.pass.map(|pass| (pass.to_bytes().to_vec(), pass.retained_until())));
    }
    if keys.nonce.is_some() {
        values.push(records.used.map(|until| (b"1".to_vec(), until)));
    }
    if keys.with_device {
        let empty = records.device == Device::default();
        values.push((!empty).then(|| (records.device.to_bytes().to_vec(), records.device.retained_until(now))));
    }
    values.into_iter().map(Option::unwrap_or_default).collect()
}

fn bytes(value: Value) -> Option<Vec<u8>> {
    if let Value::BulkString(bytes) = value { Some(bytes) } else { None }
}
