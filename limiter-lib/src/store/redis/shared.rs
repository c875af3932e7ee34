//! What the lanes of one store have in common: the server's state as far as it is known, and how it is joined.

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

/// Keys told in one command.
const RESTORE_BATCH: usize = 500;
/// How long the greatest number of replicas counted stands against smaller ones, in ticks.
const COUNT_LASTS: u64 = 5 * gcra::TICKS_PER_SECOND;

/// A connection that has been begun, and one that has joined the server's state.
const STARTED: u8 = 1;
const JOINED: u8 = 2;

pub(super) struct Shared {
    pub settings: RedisSettings,
    pub scripts: Scripts,
    pub deny_cache: DenyCache,
    pub clock: Clock,
    /// This process among the replicas.
    pub replica: String,
    pub replicas: Arc<AtomicU32>,
    /// When a lane last said that this replica is alive.
    heartbeat_at: AtomicU64,
    /// When so many, or more, were last counted.
    counted_at: AtomicU64,
    source: ConnectionFactory,
    generations: Box<[Generation]>,
    connected: AtomicBool,
    /// By lane: nothing yet, [`STARTED`] or [`JOINED`].
    connections: Box<[AtomicU8]>,
    /// When the state joined last begins to decide, by our clock.
    opens_at: AtomicU64,
    batches: AtomicU64,
}

/// The state of one shard that this process has joined.
struct Generation {
    /// The marker's value and the tick at which it begins to decide; empty before joining.
    known: Mutex<(Arc<str>, u64)>,
    joining: tokio::sync::Mutex<()>,
    /// How often this process began to tell what it remembers.
    restore_epoch: AtomicU64,
    /// An answer of the generation before came when that had begun.
    late: AtomicBool,
}

impl Shared {
    pub(super) fn new(settings: RedisSettings, clock: Clock) -> Result<Self, InvalidRedis> {
        let shards = settings.shards();
        let generation = |_| Generation {
            known: Mutex::new((Arc::from(""), 0)),
            joining: tokio::sync::Mutex::new(()),
            restore_epoch: AtomicU64::new(0),
            late: AtomicBool::new(false),
        };
        Ok(Self {
            scripts: Scripts::new(&settings),
            deny_cache: DenyCache::new(settings.cache_capacity),
            clock,
            replica: format!("{:016x}", rand::random::<u64>()),
            replicas: Arc::new(AtomicU32::new(1)),
            heartbeat_at: AtomicU64::new(0),
            counted_at: AtomicU64::new(0),
            source: ConnectionFactory::new(&settings)?,
            generations: (0..shards).map(generation).collect(),
            connected: AtomicBool::new(false),
            connections: (0..settings.connections).map(|_| AtomicU8::new(0)).collect(),
            opens_at: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            settings,
        })
    }

    pub(super) async fn connect(&self) -> Result<RedisConnection, StoreError> {
        self.source.connect().await
    }

    /// One line for each change, not for each try.
    pub(super) fn connected(&self) {
        if !self.connected.swap(true, Ordering::Relaxed) {
            tracing::info!("the limiter is connected to Redis");
        }
    }

    pub(super) fn disconnected(&self, error: &StoreError) {
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

    /// `true` once every lane that was started has joined a state that decides, and the replicas are counted.
    pub(super) fn is_joined(&self) -> bool {
        let states = || self.connections.iter().map(|lane| lane.load(Ordering::Acquire));
        let counted = self.counted_at.load(Ordering::Acquire) > 0;
        let open = self.clock.now() >= self.opens_at.load(Ordering::Acquire);
        counted && open && states().any(|state| state == JOINED) && states().all(|state| state != STARTED)
    }

    /// The generation of a shard as this process knows it.
    pub(super) fn generation(&self, shard: u16) -> (Arc<str>, u64) {
        self.generations[usize::from(shard)].known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The shards joined so far.
    pub(super) fn joined(&self) -> Vec<u16> {
        (0..self.scripts.shards).filter(|shard| !self.generation(*shard).0.is_empty()).collect()
    }

    /// Joins the state of a shard. Where it is not the one known, tells it first what this process remembers: the TATs
    /// of the replicas together are what the server had forgotten.
    pub(super) async fn join(&self, mut link: RedisConnection, shard: u16) -> Result<(), StoreError> {
        let generation = &self.generations[usize::from(shard)];
        let _alone = generation.joining.lock().await;
        let known = self.generation(shard).0;
        let first = self.scripts.join(shard, self.grace(), &[]);
        let (marker, open, now) = joined(link.send(&first, self.settings.response_timeout).await)?;
        let wait = open.saturating_sub(now).min(self.grace());
        self.opens_at.fetch_max(self.clock.now() + wait, Ordering::AcqRel);
        let late = generation.late.swap(false, Ordering::SeqCst);
        if *known == *marker && !late {
            return Ok(());
        }
        let told = self.restore(link, shard).await.inspect_err(|_| generation.late.store(late, Ordering::SeqCst))?;
        if *known == *marker {
            return Ok(());
        }
        if !known.is_empty() {
            tracing::warn!(keys = told, "the limiter's Redis had lost its state and was told what is remembered");
            ::metrics::counter!("limiter.redis.restored").increment(1);
        }
        *generation.known.lock().unwrap_or_else(PoisonError::into_inner) = (marker, open);
        Ok(())
    }

    /// Tells a server what this process remembers.
    async fn restore(&self, mut link: RedisConnection, shard: u16) -> Result<usize, StoreError> {
        self.generations[usize::from(shard)].restore_epoch.fetch_add(1, Ordering::SeqCst);
        let known = self.deny_cache.active(self.clock.now(), |key| self.scripts.shard(key) == shard);
        for some in known.chunks(RESTORE_BATCH) {
            let command = self.scripts.join(shard, self.grace(), some);
            joined(link.send(&command, self.settings.response_timeout).await)?;
        }
        Ok(known.len())
    }

    /// How often this process began to tell what it remembers.
    pub(super) fn restore_epoch(&self, shard: u16) -> u64 {
        self.generations[usize::from(shard)].restore_epoch.load(Ordering::SeqCst)
    }

    /// Whether an answer was noted before this process told what it remembers, if it ever did since `asked`. Where it was
    /// not, the next join tells all again.
    pub(super) fn noted_before_restore(&self, shard: u16, asked: u64) -> bool {
        let in_time = self.restore_epoch(shard) == asked;
        if !in_time {
            self.generations[usize::from(shard)].late.store(true, Ordering::SeqCst);
        }
        in_time
    }

    /// Ticks that a new generation gives the other replicas. There may always be some that nobody has heard of yet: those
    /// that come back with the server.
    fn grace(&self) -> u64 {
        gcra::ticks(self.settings.grace).unwrap_or(0)
    }

    /// Whether it is for the lane that asks to say that this replica is alive: one lane does in each `interval`, whichever
    /// runs.
    pub(super) fn try_heartbeat(&self, interval: Duration) -> bool {
        let interval = gcra::ticks(interval).unwrap_or(u64::MAX);
        let (now, beaten_at) = (self.clock.now(), self.heartbeat_at.load(Ordering::Relaxed));
        now.saturating_sub(beaten_at) >= interval / 10 * 9
            && self.heartbeat_at.compare_exchange(beaten_at, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Takes note of a count. A smaller one is believed when it lasts: a server that lost its state, or whose clock was set
    /// forward, counts those that have not said a word since.
    pub(super) fn replicas_alive(&self, alive: i64) {
        let alive = u32::try_from(alive).unwrap_or(1).clamp(1, 100_000);
        let now = self.clock.now();
        if alive >= self.replicas.load(Ordering::Relaxed) {
            self.counted_at.store(now, Ordering::Relaxed);
        } else if now - self.counted_at.load(Ordering::Relaxed) < COUNT_LASTS {
            return;
        }
        self.replicas.store(alive, Ordering::Relaxed);
    }

    /// Counts a batch that was sent at `asked_at` and answered just now; one in 64 is measured.
    pub(super) fn record_latency(&self, calls: usize, asked_at: u64) {
        if self.batches.fetch_add(1, Ordering::Relaxed).is_multiple_of(64) {
            let took = gcra::duration(self.clock.now().saturating_sub(asked_at));
            ::metrics::histogram!("limiter.redis.batch_size").record(calls as f64);
            ::metrics::histogram!("limiter.redis.duration").record(took.as_secs_f64());
        }
    }
}

/// The marker's value, the tick at which it begins to decide, and the server's clock.
fn joined(answer: RedisResult<Value>) -> Result<(Arc<str>, u64, u64), StoreError> {
    let wrong = || StoreError::Refused("an answer of another shape".to_owned());
    let answer = answer.map_err(|error| StoreError::Unreachable(error.to_string()))?;
    let Value::Array(parts) = answer else { return Err(wrong()) };
    match parts.as_slice() {
        [Value::BulkString(marker), Value::Int(open), Value::Int(now)] => {
            let marker = std::str::from_utf8(marker).map_err(|_| wrong())?;
            Ok((Arc::from(marker), u64::try_from(*open).unwrap_or(0), u64::try_from(*now).unwrap_or(0)))
        }
        _ => Err(wrong()),
    }
}
