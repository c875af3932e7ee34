//! Keeps one connection alive, and fails fast while there is none.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use deadpool_redis::redis::Value;
use limiter_lib::store::redis::{ConnectionFactory, InvalidRedis, RedisConnection, RedisSettings};
use tokio::sync::Notify;

use super::scripts::Scripts;
use crate::stores::StoreError;

/// Timeout of connecting and of a reply. Longer than a hiccup, shorter than users notice.
pub(super) const BOUND: Duration = Duration::from_millis(250);
/// Pause between attempts to connect: initial, and maximum after doubling.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(800));
/// Interval of the checks that the server is still the same.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// The connection and the known state of the server.
pub(super) struct ConnectionManager {
    link: ArcSwapOption<RedisConnection>,
    pub scripts: Scripts,
    pub prefix: String,
    pub shards: u16,
    lives: Box<[AtomicU32]>,
    source: ConnectionFactory,
    broken: Notify,
    /// Notified after each reconnect.
    pub back: Notify,
}

impl ConnectionManager {
    pub(super) fn new(settings: &RedisSettings, prefix: &str) -> Result<Self, InvalidRedis> {
        let settings = settings.clone().timeouts(BOUND, BOUND);
        let shards = settings.shards();
        Ok(Self {
            link: ArcSwapOption::empty(),
            scripts: Scripts::new(),
            prefix: prefix.to_owned(),
            shards,
            lives: (0..shards).map(|_| AtomicU32::new(0)).collect(),
            source: ConnectionFactory::new(&settings)?,
            broken: Notify::new(),
            back: Notify::new(),
        })
    }

    /// A handle of the connection.
    pub(super) fn link(&self) -> Result<RedisConnection, StoreError> {
        let link = self.link.load();
        link.as_deref().cloned().ok_or_else(|| StoreError::Away("not connected".to_owned()))
    }

    /// `true` while connected.
    pub(super) fn is_connected(&self) -> bool {
        self.link.load().is_some()
    }

    /// Discards a broken connection.
    pub(super) fn invalidate(&self) {
        if self.link.swap(None).is_some() {
            self.broken.notify_one();
        }
    }

    /// Last known epoch of a shard; 0 if unknown.
    pub(super) fn epoch(&self, shard: u16) -> u32 {
        self.lives.get(usize::from(shard)).map_or(0, |life| life.load(Ordering::Relaxed))
    }

    /// Marker key of a shard.
    pub(super) fn marker(&self, shard: u16) -> String {
        format!("{}:{{{shard}}}", self.prefix)
    }

    /// Records the epoch in a marker.
    pub(super) fn note(&self, shard: u16, marker: &[u8]) -> Option<u32> {
        let text = std::str::from_utf8(marker).ok()?;
        let life = u32::from_str_radix(text.split_once(':')?.1, 16).ok()?;
        self.lives.get(usize::from(shard))?.store(life, Ordering::Relaxed);
        Some(life)
    }

    /// Joins the epoch of a shard, or begins one.
    pub(super) async fn join(&self, link: &mut RedisConnection, shard: u16) -> Result<(), StoreError> {
        let life = format!("{:08x}", rand::random_range(1..=u32::MAX));
        let answer = self.scripts.join.run(link, &[self.marker(shard)], &[life], BOUND).await;
        match answer.map_err(|error| StoreError::Away(error.to_string()))? {
            Value::BulkString(marker) => {
                self.note(shard, &marker);
                Ok(())
            }
            _ => Err(StoreError::Away("an answer of another shape".to_owned())),
        }
    }

    async fn connect(&self) -> Result<RedisConnection, StoreError> {
        let away = |error: limiter_lib::StoreError| StoreError::Away(error.to_string());
        let mut link = self.source.connect().await.map_err(away)?;
        for shard in 0..self.shards {
            self.join(&mut link, shard).await?;
        }
        Ok(link)
    }

    async fn beat(&self) -> Result<(), StoreError> {
        let mut link = self.link()?;
        for shard in 0..self.shards {
            self.join(&mut link, shard).await?;
        }
        Ok(())
    }
}

/// Connects, and reconnects after failures, until all other handles of the manager are dropped.
pub(super) async fn run(keeper: Weak<ConnectionManager>) {
    let mut pause = RETRY.0;
    let mut was_here = true;
    while let Some(keeper) = keeper.upgrade() {
        match keeper.connect().await {
            Ok(link) => {
                keeper.link.store(Some(Arc::new(link)));
                keeper.back.notify_one();
                tracing::info!("challenges are kept in Redis");
                (pause, was_here) = (RETRY.0, true);
                serve(Arc::downgrade(&keeper)).await;
            }
            Err(error) => {
                if was_here {
                    tracing::warn!(%error, "Redis is away; this process goes on by itself");
                }
                was_here = false;
            }
        }
        drop(keeper); // holds no handle while it sleeps
        tokio::time::sleep(pause.mul_f64(rand::random_range(0.75..1.25))).await;
        pause = (pause * 2).min(RETRY.1);
    }
}

/// Checks the connection until it breaks.
async fn serve(weak: Weak<ConnectionManager>) {
    while let Some(keeper) = weak.upgrade() {
        let broken = tokio::time::timeout(HEARTBEAT, keeper.broken.notified()).await.is_ok();
        if broken || !keeper.is_connected() || keeper.beat().await.is_err() {
            keeper.link.store(None);
            return;
        }
    }
}
