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
pub(super) const TIMEOUT: Duration = Duration::from_millis(250);
/// Pause between attempts to connect: initial, and maximum after doubling.
const RETRY_PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(800));
/// Interval of the checks that the server is still the same.
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(500);

/// The connection and the known state of the server.
pub(super) struct ConnectionManager {
    connection: ArcSwapOption<RedisConnection>,
    pub scripts: Scripts,
    pub prefix: String,
    pub shards: u16,
    epochs: Box<[AtomicU32]>,
    factory: ConnectionFactory,
    broken: Notify,
    /// Notified after each reconnect.
    pub reconnected: Notify,
}

impl ConnectionManager {
    pub(super) fn new(settings: &RedisSettings, prefix: &str) -> Result<Self, InvalidRedis> {
        let settings = settings.clone().timeouts(TIMEOUT, TIMEOUT);
        let shards = settings.shards();
        Ok(Self {
            connection: ArcSwapOption::empty(),
            scripts: Scripts::new(),
            prefix: prefix.to_owned(),
            shards,
            epochs: (0..shards).map(|_| AtomicU32::new(0)).collect(),
            factory: ConnectionFactory::new(&settings)?,
            broken: Notify::new(),
            reconnected: Notify::new(),
        })
    }

    /// A handle of the connection.
    pub(super) fn connection(&self) -> Result<RedisConnection, StoreError> {
        let connection = self.connection.load();
        connection.as_deref().cloned().ok_or_else(|| StoreError::Unavailable("not connected".to_owned()))
    }

    /// `true` while connected.
    pub(super) fn is_connected(&self) -> bool {
        self.connection.load().is_some()
    }

    /// Discards a broken connection.
    pub(super) fn invalidate(&self) {
        if self.connection.swap(None).is_some() {
            self.broken.notify_one();
        }
    }

    /// Last known epoch of a shard; 0 if unknown.
    pub(super) fn epoch(&self, shard: u16) -> u32 {
        self.epochs.get(usize::from(shard)).map_or(0, |epoch| epoch.load(Ordering::Relaxed))
    }

    /// Marker key of a shard.
    pub(super) fn marker(&self, shard: u16) -> String {
        format!("{}:{{{shard}}}", self.prefix)
    }

    /// Records the epoch in a marker.
    pub(super) fn record_marker(&self, shard: u16, marker: &[u8]) -> Option<u32> {
        let text = std::str::from_utf8(marker).ok()?;
        let epoch = u32::from_str_radix(text.split_once(':')?.1, 16).ok()?;
        self.epochs.get(usize::from(shard))?.store(epoch, Ordering::Relaxed);
        Some(epoch)
    }

    /// Joins the epoch of a shard, or begins one.
    pub(super) async fn join(&self, connection: &mut RedisConnection, shard: u16) -> Result<(), StoreError> {
        let epoch = format!("{:08x}", rand::random_range(1..=u32::MAX));
        let answer = self.scripts.join.run(connection, &[self.marker(shard)], &[epoch], TIMEOUT).await;
        match answer.map_err(|error| StoreError::Unavailable(error.to_string()))? {
            Value::BulkString(marker) => {
                self.record_marker(shard, &marker);
                Ok(())
            }
            _ => Err(StoreError::Unavailable("an answer of another shape".to_owned())),
        }
    }

    async fn connect(&self) -> Result<RedisConnection, StoreError> {
        let unavailable = |error: limiter_lib::StoreError| StoreError::Unavailable(error.to_string());
        let mut connection = self.factory.connect().await.map_err(unavailable)?;
        for shard in 0..self.shards {
            self.join(&mut connection, shard).await?;
        }
        Ok(connection)
    }

    async fn heartbeat(&self) -> Result<(), StoreError> {
        let mut connection = self.connection()?;
        for shard in 0..self.shards {
            self.join(&mut connection, shard).await?;
        }
        Ok(())
    }
}

/// Connects, and reconnects after failures, until all other handles of the manager are dropped.
pub(super) async fn run(manager: Weak<ConnectionManager>) {
    let mut pause = RETRY_PAUSE.0;
    let mut was_connected = true;
    while let Some(manager) = manager.upgrade() {
        match manager.connect().await {
            Ok(connection) => {
                manager.connection.store(Some(Arc::new(connection)));
                manager.reconnected.notify_one();
                tracing::info!("challenges are kept in Redis");
                (pause, was_connected) = (RETRY_PAUSE.0, true);
                serve(Arc::downgrade(&manager)).await;
            }
            Err(error) => {
                if was_connected {
                    tracing::warn!(%error, "Redis is away; this process goes on by itself");
                }
                was_connected = false;
            }
        }
        drop(manager); // holds no handle while it sleeps
        tokio::time::sleep(pause.mul_f64(rand::random_range(0.75..1.25))).await;
        pause = (pause * 2).min(RETRY_PAUSE.1);
    }
}

/// Checks the connection until it breaks.
async fn serve(weak: Weak<ConnectionManager>) {
    while let Some(manager) = weak.upgrade() {
        let broken = tokio::time::timeout(HEARTBEAT_INTERVAL, manager.broken.notified()).await.is_ok();
        if broken || !manager.is_connected() || manager.heartbeat().await.is_err() {
            manager.connection.store(None);
            return;
        }
    }
}
