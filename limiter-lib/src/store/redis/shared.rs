//! State shared by the connections of one store: the known state of the server, and the way it is joined.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use deadpool_redis::redis::{RedisResult, Value};

use super::{
    connection::{ConnectionFactory, RedisConnection},
    deny_cache::DenyCache,
    settings::{InvalidRedis, RedisSettings},
    wire::Scripts,
};
use crate::{clock::Clock, gcra, store::StoreError};

/// Keys restored in one command.
const RESTORE_BATCH: usize = 500;
/// Time for which the maximum count of replicas overrides smaller ones, in ticks.
const COUNT_RETENTION: u64 = 5 * gcra::TICKS_PER_SECOND;

/// A connection that has been started, and one that has joined the server's state.
const STARTED: u8 = 1;
const JOINED: u8 = 2;

pub(super) struct Shared {
    pub settings: RedisSettings,
    pub scripts: Scripts,
    pub deny_cache: DenyCache,
    pub clock: Clock,
    /// The id of this process among the replicas.
    pub replica: String,
    pub replicas: Arc<AtomicU32>,
    /// Time of the last heartbeat of this replica.
    heartbeat_at: AtomicU64,
    /// Time of the last count that was not lower than `replicas`.
    counted_at: AtomicU64,
    connection_factory: ConnectionFactory,
    generations: Box<[Generation]>,
    connected: AtomicBool,
    /// By connection: 0, [`STARTED`] or [`JOINED`].
    connections: Box<[AtomicU8]>,
    /// Time at which the last joined state begins to decide, by the local clock.
    opens_at: AtomicU64,
    batches: AtomicU64,
}

/// The state of one shard that this process has joined.
struct Generation {
    /// The marker's value and the tick at which it begins to decide; empty before joining.
    joined: Mutex<(Arc<str>, u64)>,
    joining: tokio::sync::Mutex<()>,
    /// Number of restores started by this process.
    restore_epoch: AtomicU64,
    /// A reply of the previous generation came after a restore had started.
    needs_restore: AtomicBool,
}

impl Shared {
    pub(super) fn new(settings: RedisSettings, clock: Clock) -> Result<Self, InvalidRedis> {
        let shards = settings.shards();
        let generation = |_| Generation {
            joined: Mutex::new((Arc::from(""), 0)),
            joining: tokio::sync::Mutex::new(()),
            restore_epoch: AtomicU64::new(0),
            needs_restore: AtomicBool::new(false),
        };
        Ok(Self {
            scripts: Scripts::new(&settings),
            deny_cache: DenyCache::new(settings.cache_capacity),
            clock,
            replica: format!("{:016x}", rand::random::<u64>()),
            replicas: Arc::new(AtomicU32::new(1)),
            heartbeat_at: AtomicU64::new(0),
            counted_at: AtomicU64::new(0),
            connection_factory: ConnectionFactory::new(&settings)?,
            generations: (0..shards).map(generation).collect(),
            connected: AtomicBool::new(false),
            connections: (0..settings.connections).map(|_| AtomicU8::new(0)).collect(),
            opens_at: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            settings,
        })
    }

    pub(super) async fn connect(&self) -> Result<RedisConnection, StoreError> {
        self.connection_factory.connect().await
    }

    /// Logs each change, not each attempt.
    pub(super) fn on_connected(&self) {
        if !self.connected.swap(true, Ordering::Relaxed) {
            tracing::info!("the limiter is connected to Redis");
        }
    }

    pub(super) fn on_disconnected(&self, error: &StoreError) {
        if self.connected.swap(false, Ordering::Relaxed) {
            tracing::warn!(%error, "the limiter has lost Redis");
        }
    }

    pub(super) fn connection_started(&self, index: usize) {
        self.connections[index].store(STARTED, Ordering::Release);
    }

    pub(super) fn connection_joined(&self, index: usize) {
        self.connections[index].store(JOINED, Ordering::Release);
    }

    /// `true` once every started connection has joined a state that decides, and the replicas are counted.
    pub(super) fn is_joined(&self) -> bool {
        let states = || self.connections.iter().map(|connection| connection.load(Ordering::Acquire));
        let counted = self.counted_at.load(Ordering::Acquire) > 0;
        let open = self.clock.now() >= self.opens_at.load(Ordering::Acquire);
        counted && open && states().any(|state| state == JOINED) && states().all(|state| state != STARTED)
    }

    /// The generation of a shard as this process knows it.
    pub(super) fn generation(&self, shard: u16) -> (Arc<str>, u64) {
        self.generations[usize::from(shard)].joined.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The shards joined so far.
    pub(super) fn joined_shards(&self) -> Vec<u16> {
        (0..self.scripts.shards).filter(|shard| !self.generation(*shard).0.is_empty()).collect()
    }

    /// Joins the state of a shard. If it is not the known one, restores it first from the cache of this process: the
    /// cached TATs of all replicas together make up the lost state.
    pub(super) async fn join(&self, mut connection: RedisConnection, shard: u16) -> Result<(), StoreError> {
        let generation = &self.generations[usize::from(shard)];
        let _guard = generation.joining.lock().await;
        let joined = self.generation(shard).0;
        let first = self.scripts.join(shard, self.grace(), &[]);
        let (marker, open, now) = parse_join_reply(connection.send(&first, self.settings.response_timeout).await)?;
        let wait = open.saturating_sub(now).min(self.grace());
        self.opens_at.fetch_max(self.clock.now() + wait, Ordering::AcqRel);
        let needs_restore = generation.needs_restore.swap(false, Ordering::SeqCst);
        if *joined == *marker && !needs_restore {
            return Ok(());
        }
        let restored = self
            .restore(connection, shard)
            .await
            .inspect_err(|_| generation.needs_restore.store(needs_restore, Ordering::SeqCst))?;
        if *joined == *marker {
            return Ok(());
        }
        if !joined.is_empty() {
            tracing::warn!(keys = restored, "the limiter's Redis had lost its state and was told what is remembered");
            ::metrics::counter!("limiter.redis.restored").increment(1);
        }
        *generation.joined.lock().unwrap_or_else(PoisonError::into_inner) = (marker, open);
        Ok(())
    }

    /// Restores a server from the cache of this process; returns the number of keys.
    async fn restore(&self, mut connection: RedisConnection, shard: u16) -> Result<usize, StoreError> {
        self.generations[usize::from(shard)].restore_epoch.fetch_add(1, Ordering::SeqCst);
        let states = self.deny_cache.active(self.clock.now(), |key| self.scripts.shard(key) == shard);
        for chunk in states.chunks(RESTORE_BATCH) {
            let command = self.scripts.join(shard, self.grace(), chunk);
            parse_join_reply(connection.send(&command, self.settings.response_timeout).await)?;
        }
        Ok(states.len())
    }

    /// Number of restores started by this process.
    pub(super) fn restore_epoch(&self, shard: u16) -> u64 {
        self.generations[usize::from(shard)].restore_epoch.load(Ordering::SeqCst)
    }

    /// `true` when no restore has started since `epoch` was read, so that a reply recorded by now is part of the next
    /// one. Otherwise the next join restores all keys again.
    pub(super) fn noted_before_restore(&self, shard: u16, epoch: u64) -> bool {
        let in_time = self.restore_epoch(shard) == epoch;
        if !in_time {
            self.generations[usize::from(shard)].needs_restore.store(true, Ordering::SeqCst);
        }
        in_time
    }

    /// Grace period of a new generation, in ticks. There may always be replicas that are not counted yet: those that
    /// reconnect together with the server.
    fn grace(&self) -> u64 {
        gcra::ticks(self.settings.grace).unwrap_or(0)
    }

    /// `true` when the calling connection should send the heartbeat: one of the connections does in each `interval`.
    pub(super) fn try_heartbeat(&self, interval: Duration) -> bool {
        let interval = gcra::ticks(interval).unwrap_or(u64::MAX);
        let (now, heartbeat_at) = (self.clock.now(), self.heartbeat_at.load(Ordering::Relaxed));
        now.saturating_sub(heartbeat_at) >= interval / 10 * 9
            && self.heartbeat_at.compare_exchange(heartbeat_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Records a count. A smaller one is accepted only when it persists: a server that lost its state, or of which the
    /// clock was set forward, misses replicas that have not sent a heartbeat since.
    pub(super) fn record_replica_count(&self, alive: i64) {
        let alive = u32::try_from(alive).unwrap_or(1).clamp(1, 100_000);
        let now = self.clock.now();
        if alive >= self.replicas.load(Ordering::Relaxed) {
            self.counted_at.store(now, Ordering::Relaxed);
        } else if now - self.counted_at.load(Ordering::Relaxed) < COUNT_RETENTION {
            return;
        }
        self.replicas.store(alive, Ordering::Relaxed);
    }

    /// Counts a batch that was sent at `sent_at` and answered just now; one in 64 is measured.
    pub(super) fn record_latency(&self, calls: usize, sent_at: u64) {
        if self.batches.fetch_add(1, Ordering::Relaxed).is_multiple_of(64) {
            let latency = gcra::duration(self.clock.now().saturating_sub(sent_at));
            ::metrics::histogram!("limiter.redis.batch_size").record(calls as f64);
            ::metrics::histogram!("limiter.redis.duration").record(latency.as_secs_f64());
        }
    }
}

/// The marker's value, the tick at which it begins to decide, and the server's clock.
fn parse_join_reply(reply: RedisResult<Value>) -> Result<(Arc<str>, u64, u64), StoreError> {
    let malformed = || StoreError::Refused("a malformed reply".to_owned());
    let reply = reply.map_err(|error| StoreError::Unreachable(error.to_string()))?;
    let Value::Array(parts) = reply else { return Err(malformed()) };
    match parts.as_slice() {
        [Value::BulkString(marker), Value::Int(open), Value::Int(now)] => {
            let marker = std::str::from_utf8(marker).map_err(|_| malformed())?;
            Ok((Arc::from(marker), u64::try_from(*open).unwrap_or(0), u64::try_from(*now).unwrap_or(0)))
        }
        _ => Err(malformed()),
    }
}
