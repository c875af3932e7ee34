//! Keeps the catalogue in memory current: reads the change feed of the database and publishes a snapshot after each
//! batch. While the database cannot be read, the catalogue in memory is served.

use std::sync::Arc;
use std::time::Duration;

use metrics::{describe_gauge, gauge};
use service_kit::Clock;
use tokio::sync::{Notify, watch};

use crate::index::{Builder, Catalogue, FeedState};
use crate::storage::{CatalogueStore, StorageError};

/// Films per read.
const BATCH: u64 = 2000;
/// Longest pause between polls of an unavailable database.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A failed poll of the feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The database could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The index could not be built.
    #[error("the film index could not be built")]
    Index(#[from] tantivy::TantivyError),
    /// The thread that builds the index panicked.
    #[error("the film index could not be built")]
    Task(#[from] tokio::task::JoinError),
}

/// Handle of the feed: wakes it, and reports how far it has read.
#[derive(Clone)]
pub struct FeedHandle {
    wake: Arc<Notify>,
    seq: watch::Receiver<u64>,
}

impl FeedHandle {
    /// Returns when the catalogue in memory has read the change `seq`, or after two seconds: then the change is
    /// committed and shows a little later.
    pub async fn caught_up(&self, seq: u64) {
        self.wake.notify_one();
        let mut read = self.seq.clone();
        let _ = tokio::time::timeout(Duration::from_secs(2), read.wait_for(|read| *read >= seq)).await;
    }
}

/// The task that reads the feed.
pub struct Feed {
    store: CatalogueStore,
    catalogue: Catalogue,
    clock: Arc<dyn Clock>,
    interval: Duration,
    builder: Option<Builder>,
    wake: Arc<Notify>,
    seq: watch::Sender<u64>,
}

fn describe_metrics() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_gauge!("catalogue.films", "Films in memory.");
    describe_gauge!("catalogue.seq", "Last change of the catalogue that is in memory.");
}

impl Feed {
    /// Sets up the task; nothing is read yet.
    ///
    /// # Errors
    /// When the search index cannot be set up.
    pub fn new(
        store: CatalogueStore,
        catalogue: Catalogue,
        clock: Arc<dyn Clock>,
        interval: Duration,
    ) -> Result<(Self, FeedHandle), FeedError> {
        describe_metrics();
        let (sender, receiver) = watch::channel(0);
        let wake = Arc::new(Notify::new());
        let handle = FeedHandle { wake: Arc::clone(&wake), seq: receiver };
        let builder = Some(Builder::new()?);
        let store = store.with_batch_bounds(); // no request waits for the feed, and a large batch takes longer than one
        Ok((Self { store, catalogue, clock, interval, builder, wake, seq: sender }, handle))
    }

    /// Reads the catalogue in `store` once, if there is one; returns `true` when it was published.
    pub async fn read_existing(&mut self, store: &CatalogueStore) -> bool {
        let read = match store.is_empty().await {
            Ok(true) => return false,
            Ok(false) => self.poll_store(&store.with_batch_bounds()).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = &read {
            tracing::debug!(error = error as &dyn std::error::Error, "there is no catalogue to be read");
        }
        read.is_ok()
    }

    /// Polls until it is dropped.
    pub async fn run(mut self) {
        let mut pause = self.interval;
        let mut failing = false;
        loop {
            match self.poll().await {
                Ok(()) => {
                    if failing {
                        tracing::info!("the catalogue database answers again");
                    }
                    (failing, pause) = (false, self.interval);
                }
                Err(error) => {
                    if !failing {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "the change feed cannot be read; the catalogue in memory is served on");
                    }
                    (failing, pause) = (true, (pause * 2).min(LONGEST_PAUSE));
                }
            }
            self.catalogue.record_feed(FeedState { checked_at: self.clock.now(), reachable: !failing });
            let _ = tokio::time::timeout(pause, self.wake.notified()).await;
        }
    }

    async fn poll(&mut self) -> Result<(), FeedError> {
        self.poll_store(&self.store.clone()).await
    }

    /// Reads all new changes and publishes once.
    async fn poll_store(&mut self, store: &CatalogueStore) -> Result<(), FeedError> {
        let mut builder = match self.builder.take() {
            Some(builder) => builder,
            None => Builder::new()?, // an earlier poll failed half-way: start over
        };
        let mut seq = builder.seq();
        let mut changed = self.catalogue.newest().is_none();
        loop {
            let batch = match store.changes_since(seq, BATCH).await {
                Ok(batch) => batch,
                Err(error) => {
                    // Nothing of this poll was published; the changes read so far are published with the next one.
                    self.builder = (seq == builder.seq()).then_some(builder);
                    return Err(error.into());
                }
            };
            changed |= !batch.films.is_empty() || !batch.deleted.is_empty();
            seq = batch.last_seq;
            let complete = batch.complete;
            builder = tokio::task::spawn_blocking(move || {
                builder.remove(batch.deleted.into_iter().map(|(id, _)| id));
                builder.upsert(batch.films, batch.persons).map(|()| builder)
            })
            .await??;
            if complete {
                break;
            }
        }
        if changed {
            builder.set_genres(store.genres().await?);
            let started = std::time::Instant::now();
            let (published, catalogue) = (builder, self.catalogue.clone());
            builder = tokio::task::spawn_blocking(move || {
                let mut builder = published;
                catalogue.publish(builder.snapshot(seq)?);
                Ok::<_, tantivy::TantivyError>(builder)
            })
            .await??;
            gauge!("catalogue.films").set(self.catalogue.newest().map_or(0.0, |snapshot| snapshot.len() as f64));
            gauge!("catalogue.seq").set(seq as f64);
            tracing::debug!(seq, took_ms = started.elapsed().as_millis() as u64, "catalogue published");
        }
        self.builder = Some(builder);
        self.seq.send_replace(seq);
        Ok(())
    }
}
