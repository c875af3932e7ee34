//! The newest snapshot, shared by all requests.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};

use super::snapshot::Snapshot;

/// Where requests find the catalogue. Clones share it.
#[derive(Clone, Default)]
pub struct Catalogue(Arc<Inner>);

#[derive(Default)]
struct Inner {
    newest: ArcSwapOption<Snapshot>,
    feed: ArcSwapOption<FeedState>,
}

/// How the last look at the change feed went.
#[derive(Debug, Clone, Copy)]
pub struct FeedState {
    /// When it was last read.
    pub checked_at: DateTime<Utc>,
    /// Whether the database answers.
    pub alive: bool,
}

impl Catalogue {
    /// The newest snapshot; `None` until the first one is built.
    pub fn newest(&self) -> Option<Arc<Snapshot>> {
        self.0.newest.load_full()
    }

    /// Puts a newer snapshot in place.
    pub fn publish(&self, snapshot: Snapshot) {
        self.0.newest.store(Some(Arc::new(snapshot)));
    }

    /// How the last look at the change feed went.
    pub fn feed(&self) -> Option<FeedState> {
        self.0.feed.load().as_deref().copied()
    }

    /// Notes how a look at the change feed went.
    pub fn note_feed(&self, state: FeedState) {
        self.0.feed.store(Some(Arc::new(state)));
    }
}
