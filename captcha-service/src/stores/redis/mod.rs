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

use self::connection_manager::{BOUND, ConnectionManager};
use super::{ChallengeStore, RecordKeys, Records, SpentNonce, StoreError, UpdateFn};
use crate::domain::{Challenge, Device, Key, NetworkEvent, NetworkState, Pass, PrefixKey, UnixMillis, rules};

/// Default prefix of all keys.
pub const PREFIX: &str = "cap1";
/// Maximum attempts of a contended update. In each round one update succeeds, so 64 concurrent ones need few.
const TRIES: usize = 64;
/// Extra TTL of records, in ms: their timestamps decide about expiry, not the removal of keys.
const SLACK_MS: u64 = 2_000;
/// Window of the counters of networks, in ms.
const WINDOW_MS: u64 = 600_000;

/// Keeps everything in Redis.
pub struct RedisStore {
    keeper: Arc<ConnectionManager>,
    clock: Option<Arc<dyn Clock>>,
}

/// Reply of look.lua.
struct Seen {
    now: UnixMillis,
    marker: Vec<u8>,
    values: Vec<Vec<u8>>,
    held: Records,
}

impl RedisStore {
    /// Connects in the background, without waiting. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// [`InvalidRedis`]: settings that the driver rejects.
    pub fn start(settings: &RedisSettings, prefix: &str) -> Result<Self, InvalidRedis> {
        let keeper = Arc::new(ConnectionManager::new(settings, prefix)?);
        tokio::spawn(connection_manager::run(Arc::downgrade(&keeper)));
        Ok(Self { keeper, clock: None })
    }

    /// Uses this clock instead of the server's: for tests that move time.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// `true` while connected.
    pub fn is_connected(&self) -> bool {
        self.keeper.is_connected()
    }

    /// Waits for the next reconnect.
    pub async fn reconnected(&self) {
        self.keeper.back.notified().await;
    }

    /// Last known epoch of the device shard; 0 if unknown.
    pub fn epoch(&self, shard: u8) -> u32 {
        self.keeper.epoch(u16::from(shard) % self.keeper.shards)
    }

    /// Takes over what was used in this process while the server was unavailable.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_over(&self, used: &[SpentNonce], now: UnixMillis) -> Result<(), StoreError> {
        for used in used {
            let shard = u16::from(used.shard) % self.keeper.shards;
            let life = now.until(used.until).as_millis() as u64 + SLACK_MS;
            let (kind, value) = match &used.pass {
                None => ('n', &b"1"[..]),
                Some(pass) => ('p', &pass[..]),
            };
            let mut command = deadpool_redis::redis::cmd("SET");
            command.arg(self.key(shard, kind, &used.key.0)).arg(value).arg("PX").arg(life);
            let sent = self.keeper.link()?.send(&command, BOUND).await;
            sent.map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    fn shard(&self, spot: &RecordKeys) -> u16 {
        u16::from(spot.device.shard()) % self.keeper.shards
    }

    /// `cap1:{0}:s:` and the key in 22 characters.
    fn key(&self, shard: u16, kind: char, key: &[u8]) -> String {
        format!("{}:{{{shard}}}:{kind}:{}", self.keeper.prefix, URL_SAFE_NO_PAD.encode(key))
    }

    /// Redis keys of an update; the marker first.
    fn keys(&self, spot: &RecordKeys) -> Vec<String> {
        let shard = self.shard(spot);
        let mut keys = vec![self.keeper.marker(shard)];
        keys.extend(spot.session.map(|key| self.key(shard, 's', &key.0)));
        keys.extend(spot.pass.map(|key| self.key(shard, 'p', &key.0)));
        keys.extend(spot.nonce.map(|key| self.key(shard, 'n', &key.0)));
        keys.extend(spot.with_device.then(|| self.key(shard, 'd', &spot.device.0)));
        keys
    }

    async fn look(&self, link: &mut RedisConnection, spot: &RecordKeys, keys: &[String]) -> Result<Seen, StoreError> {
        let shard = self.shard(spot);
        let mut answer = self.show(link, keys).await?;
        if answer.get(1).is_none_or(Vec::is_empty) {
            self.keeper.join(link, shard).await?; // flushed since the last heartbeat
            answer = self.show(link, keys).await?;
        }
        let strange = || StoreError::Away("an answer of another shape".to_owned());
        let mut answer = answer.into_iter();
        let (now, marker) = answer.next().zip(answer.next()).ok_or_else(strange)?;
        let now = std::str::from_utf8(&now).ok().and_then(|now| now.parse().ok()).ok_or_else(strange)?;
        let now = self.clock.as_ref().map_or(UnixMillis::from_millis(now), |clock| UnixMillis::of(clock.now()));
        let epoch = self.keeper.note(shard, &marker).ok_or_else(strange)?;
        let values: Vec<Vec<u8>> = answer.collect();
        let held = held(spot, &values, now, epoch).ok_or_else(strange)?;
        Ok(Seen { now, marker, values, held })
    }

    async fn show(&self, link: &mut RedisConnection, keys: &[String]) -> Result<Vec<Vec<u8>>, StoreError> {
        let none: [&str; 0] = [];
        let answer = self.keeper.scripts.look.run(link, keys, &none, BOUND).await;
        match answer.map_err(|error| self.failed(&error))? {
            Value::Array(values) => Ok(values.into_iter().filter_map(bytes).collect()),
            _ => Err(StoreError::Away("an answer of another shape".to_owned())),
        }
    }

    /// Writes the result of an update; `false` when another update was faster.
    async fn keep(
        &self,
        link: &mut RedisConnection,
        spot: &RecordKeys,
        keys: &[String],
        seen: Seen,
        after: &Records,
    ) -> Result<bool, StoreError> {
        let mut arguments = vec![seen.marker];
        for (before, (after, until)) in seen.values.into_iter().zip(left(spot, after, seen.now)) {
            let life = seen.now.until(until).as_millis() as u64 + SLACK_MS;
            // An untouched value is written back unchanged, even if it could not be decoded.
            arguments.extend([before, after, life.to_string().into_bytes()]);
        }
        let answer = self.keeper.scripts.keep.run(link, keys, &arguments, BOUND).await;
        Ok(answer.map_err(|error| self.failed(&error))? == Value::Int(1))
    }

    /// An error reply proves that the server is reachable; no reply does not.
    fn failed(&self, error: &RedisError) -> StoreError {
        match error.code() {
            Some("OOM") => StoreError::Full,
            // A wrong key or a forbidden command is no reason to reconnect; a read-only server is.
            Some(code) if !matches!(code, "READONLY" | "LOADING" | "MASTERDOWN" | "NOREPLICAS") => {
                tracing::debug!(code, "Redis refuses");
                StoreError::Away(format!("refused: {code}"))
            }
            _ => {
                self.keeper.invalidate();
                StoreError::Away(error.to_string())
            }
        }
    }
}

#[async_trait]
impl ChallengeStore for RedisStore {
    async fn change(&self, spot: &RecordKeys, step: UpdateFn<'_>) -> Result<(), StoreError> {
        let keys = self.keys(spot);
        let mut link = self.keeper.link()?;
        for _ in 0..TRIES {
            let seen = self.look(&mut link, spot, &keys).await?;
            let mut after = seen.held;
            step(&mut after, seen.now);
            if after == seen.held || self.keep(&mut link, spot, &keys, seen, &after).await? {
                return Ok(());
            }
        }
        Err(StoreError::Contended)
    }

    async fn crowd(&self, prefix: PrefixKey, event: NetworkEvent) -> Result<NetworkState, StoreError> {
        let shard = u16::from(prefix.shard()) % self.keeper.shards;
        let keys = [self.key(shard, 'l', &prefix.0), self.key(shard, 'c', &prefix.0)];
        let (word, session, until) = match event {
            NetworkEvent::Look => ("look", None, None),
            NetworkEvent::Enter(key, until) => ("enter", Some(key), Some(until)),
            NetworkEvent::Stay(key, until) => ("stay", Some(key), Some(until)),
            NetworkEvent::Leave(key) => ("leave", Some(key), None),
            NetworkEvent::NewDevice => ("new", None, None),
            NetworkEvent::Waived => ("waived", None, None),
            NetworkEvent::Lost(key) => ("lost", Some(key), None),
        };
        let session = session.map(|Key([a, b, c, d, ..])| vec![a, b, c, d]).unwrap_or_default();
        let number = |number: u64| number.to_string().into_bytes();
        let now = self.clock.as_ref().map(|clock| number(UnixMillis::of(clock.now()).millis())).unwrap_or_default();
        let until = number(until.unwrap_or_default().millis());
        let most = [rules::LIVE_PER_PREFIX, rules::NEW_DEVICES_PER_PREFIX, rules::WAIVERS_PER_PREFIX];
        let mut arguments = vec![word.as_bytes().to_vec(), session, until, now, number(WINDOW_MS)];
        arguments.extend(most.map(|most| number(u64::from(most))));
        let mut link = self.keeper.link()?;
        let answer = self.keeper.scripts.crowd.run(&mut link, &keys, &arguments, BOUND).await;
        let Value::Array(counts) = answer.map_err(|error| self.failed(&error))? else {
            return Err(StoreError::Away("an answer of another shape".to_owned()));
        };
        let count = |at: usize| if let Some(Value::Int(count)) = counts.get(at) { *count } else { 0 };
        let part = |at: usize| count(at) as f32 / 1000.0;
        let live = u32::try_from(count(0)).unwrap_or(u32::MAX);
        Ok(NetworkState { live, new_devices: part(1), lost: part(2), refused: count(3) == 1 })
    }
}

/// Decodes values into records. An undecodable value counts as absent: it is of another version, or foreign.
fn held(spot: &RecordKeys, values: &[Vec<u8>], now: UnixMillis, epoch: u32) -> Option<Records> {
    let mut values = values.iter();
    let mut held = Records { epoch, ..Records::default() };
    if spot.session.is_some() {
        held.session = Challenge::from_bytes(values.next()?).filter(|session| session.expires_at() > now);
    }
    if spot.pass.is_some() {
        held.pass = Pass::from_bytes(values.next()?).filter(|pass| pass.kept_until() > now);
    }
    if spot.nonce.is_some() {
        held.used = (!values.next()?.is_empty()).then_some(now);
    }
    if spot.with_device {
        held.device = Device::from_bytes(values.next()?).unwrap_or_default();
    }
    Some(held)
}

/// Encodes records with their ends of retention, in the order of the keys.
fn left(spot: &RecordKeys, held: &Records, now: UnixMillis) -> Vec<(Vec<u8>, UnixMillis)> {
    let mut values = Vec::with_capacity(4);
    if spot.session.is_some() {
        values.push(held.session.map(|session| (session.to_bytes().to_vec(), session.expires_at())));
    }
    if spot.pass.is_some() {
        values.push(held.pass.map(|pass| (pass.to_bytes().to_vec(), pass.kept_until())));
    }
    if spot.nonce.is_some() {
        values.push(held.used.map(|until| (b"1".to_vec(), until)));
    }
    if spot.with_device {
        let empty = held.device == Device::default();
        values.push((!empty).then(|| (held.device.to_bytes().to_vec(), held.device.kept_until(now))));
    }
    values.into_iter().map(Option::unwrap_or_default).collect()
}

fn bytes(value: Value) -> Option<Vec<u8>> {
    if let Value::BulkString(bytes) = value { Some(bytes) } else { None }
}
