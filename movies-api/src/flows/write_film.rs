//! Editors' writes: change the database, then wait until the catalogue in memory has the change, so that editors read
//! their own writes.

use std::sync::Arc;

use contracts::ids::FilmId;
use contracts::movies::writes::{FilmDraft, FilmUpdate};
use service_kit::{Clock, trace};

use crate::domain::film::Film;
use crate::feed::FeedHandle;
use crate::storage::{CatalogueStore, WriteFilmError};

/// Writes of editors.
#[derive(Clone)]
pub struct FilmWrites {
    /// The store, which takes writes.
    pub(crate) store: CatalogueStore,
    /// Publishes writes in the catalogue at once.
    pub(crate) feed: FeedHandle,
    /// Current time.
    pub(crate) clock: Arc<dyn Clock>,
}

impl FilmWrites {
    /// Adds a film.
    ///
    /// # Errors
    /// When the database fails.
    #[trace(name = "create_film")]
    pub async fn create(&self, draft: &FilmDraft) -> Result<Film, WriteFilmError> {
        let film = self.store.insert(draft, self.clock.now()).await?;
        self.feed.caught_up(film.seq).await;
        Ok(film)
    }

    /// Replaces a film.
    ///
    /// # Errors
    /// When the film does not exist or has changed, or the database fails.
    #[trace(name = "update_film", fields(film.id = %id))]
    pub async fn update(&self, id: FilmId, update: &FilmUpdate) -> Result<Film, WriteFilmError> {
        let film = self.store.update(id, update.version, &update.film, self.clock.now()).await?;
        self.feed.caught_up(film.seq).await;
        Ok(film)
    }

    /// Current version of a film in the database; the catalogue in memory may lag behind it.
    ///
    /// # Errors
    /// When the film does not exist, or the database fails.
    pub async fn current_version(&self, id: FilmId) -> Result<u64, WriteFilmError> {
        self.store.version_of(id).await?.ok_or(WriteFilmError::NotFound)
    }

    /// Deletes a film, if it is still at this version.
    ///
    /// # Errors
    /// When the film does not exist or has changed, or the database fails.
    #[trace(name = "delete_film", fields(film.id = %id))]
    pub async fn delete(&self, id: FilmId, version: u64) -> Result<(), WriteFilmError> {
        let seq = self.store.delete(id, version, self.clock.now()).await?;
        self.feed.caught_up(seq).await;
        Ok(())
    }
}
