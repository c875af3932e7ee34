//! What the lanes of one store have in common: the server's state as far as it is known, and how it is joined.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};

use deadpool_redis::redis::{RedisResult, Value};

use super::{
    link::{Link, Source},
    remembered::Remembered,
    settings::{InvalidRedis, RedisSettings},
    wire::Words,
};
use crate::{clock::Clock, gcra, store::StoreError};

/// Keys told in one command.
const TOLD_AT_ONCE: usize = 500;

pub(super) struct Shared {
    pub settings: RedisSettings,
    pub words: Words,
    pub remembered: Remembered,
    pub clock: Clock,
    /// This process among the replicas.
    pub replica: String,
    pub replicas: Arc<AtomicU32>,
    source: Source,
    generations: Box<[Generation]>,
    connected: AtomicBool,
    batches: AtomicU64,
}

/// The state of one shard that this process has joined.
struct Generation {
    /// The marker's value and the tick at which it begins to decide; empty before joining.
    known: Mutex<(Arc<str>, u64)>,
    joining: tokio::sync::Mutex<()>,
}

impl Shared {
    pub(super) fn new(settings: RedisSettings, clock: Clock) -> Result<Self, InvalidRedis> {
        let shards = settings.shards();
        let generation = |_| Generation { known: Mutex::new((Arc::from(""), 0)), joining: tokio::sync::Mutex::new(()) };
        Ok(Self {
            words: Words::new(&settings),
            remembered: Remembered::new(settings.remembered),
            clock,
            replica: format!("{:016x}", rand::random::<u64>()),
            replicas: Arc::new(AtomicU32::new(1)),
            source: Source::new(&settings)?,
            generations: (0..shards).map(generation).collect(),
            connected: AtomicBool::new(false),
            batches: AtomicU64::new(0),
            settings,
        })
    }

    pub(super) async fn connect(&self) -> Result<Link, StoreError> {
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

    /// The generation of a shard as this process knows it.
    pub(super) fn generation(&self, shard: u16) -> (Arc<str>, u64) {
        self.generations[usize::from(shard)].known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The shards joined so far.
    pub(super) fn joined(&self) -> Vec<u16> {
        (0..self.words.shards).filter(|shard| !self.generation(*shard).0.is_empty()).collect()
    }

    /// Joins the state of a shard. Where it is not the one known, tells it first what this process remembers: the TATs
    /// of the replicas together are what the server had forgotten.
    pub(super) async fn join(&self, mut link: Link, shard: u16) -> Result<(), StoreError> {
        let generation = &self.generations[usize::from(shard)];
        let _alone = generation.joining.lock().await;
        let known = self.generation(shard).0;
        // A single replica has nobody to wait for.
        let others = self.replicas.load(Ordering::Relaxed) > 1;
        let grace = if others { gcra::ticks(self.settings.grace).unwrap_or(0) } else { 0 };
        let bound = self.settings.response_timeout;
        let first = self.words.join(shard, grace, &[]);
        let (marker, open) = joined(link.send(&first, bound).await)?;
        if *known == *marker {
            return Ok(());
        }
        let told = self.remembered.active(self.clock.now(), |key| self.words.shard(key) == shard);
        for some in told.chunks(TOLD_AT_ONCE) {
            joined(link.send(&self.words.join(shard, grace, some), bound).await)?;
        }
        if !known.is_empty() {
            tracing::warn!(keys = told.len(), "the limiter's Redis had lost its state and was told what is remembered");
            ::metrics::counter!("limiter.redis.restored").increment(1);
        }
        *generation.known.lock().unwrap_or_else(PoisonError::into_inner) = (marker, open);
        Ok(())
    }

    pub(super) fn replicas_alive(&self, alive: i64) {
        self.replicas.store(u32::try_from(alive).unwrap_or(1).clamp(1, 100_000), Ordering::Relaxed);
    }

    /// Counts a batch; one in 64 is measured.
    pub(super) fn sent(&self, calls: usize) {
        if self.batches.fetch_add(1, Ordering::Relaxed).is_multiple_of(64) {
            ::metrics::histogram!("limiter.redis.batch_size").record(calls as f64);
        }
    }
}

/// The marker's value and the tick at which it begins to decide.
fn joined(answer: RedisResult<Value>) -> Result<(Arc<str>, u64), StoreError> {
    let wrong = || StoreError::Refused("an answer of another shape".to_owned());
    let answer = answer.map_err(|error| StoreError::Unreachable(error.to_string()))?;
    let Value::Array(parts) = answer else { return Err(wrong()) };
    match parts.as_slice() {
        [Value::BulkString(marker), Value::Int(open), _] => {
            let marker = std::str::from_utf8(marker).map_err(|_| wrong())?;
            Ok((Arc::from(marker), u64::try_from(*open).unwrap_or(0)))
        }
        _ => Err(wrong()),
    }
}
