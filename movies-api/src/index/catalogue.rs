//! The newest snapshot, shared by all requests.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};

use super::snapshot::Snapshot;

/// Handle of the newest snapshot. Clones share it.
#[derive(Clone, Default)]
pub struct Catalogue(Arc<Inner>);

#[derive(Default)]
struct Inner {
    newest: ArcSwapOption<Snapshot>,
    feed: ArcSwapOption<FeedState>,
}

/// Result of the last poll of the change feed.
#[derive(Debug, Clone, Copy)]
pub struct FeedState {
    /// Time of the poll, successful or not.
    pub checked_at: DateTime<Utc>,
    /// `true` when the database was reachable.
    pub reachable: bool,
}

impl Catalogue {
    /// The newest snapshot; `None` until the first one is built.
    pub fn newest(&self) -> Option<Arc<Snapshot>> {
        self.0.newest.load_full()
    }

    /// Publishes a newer snapshot.
    pub fn publish(&self, snapshot: Snapshot) {
        self.0.newest.store(Some(Arc::new(snapshot)));
    }

    /// Result of the last poll of the change feed.
    pub fn feed(&self) -> Option<FeedState> {
        self.0.feed.load().as_deref().copied()
    }

    /// Records the result of a poll of the change feed.
    pub fn record_feed(&self, state: FeedState) {
        self.0.feed.store(Some(Arc::new(state)));
    }
}
