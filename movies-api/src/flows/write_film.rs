//! Editors' writes: change the database, then wait until the catalogue in memory has the change, so that editors read
//! their own writes.

use contracts::ids::FilmId;
use contracts::movies::writes::{FilmDraft, FilmUpdate};
use service_kit::trace;

use crate::domain::film::Film;
use crate::state::AppState;
use crate::storage::WriteFilmError;

/// Adds a film.
///
/// # Errors
/// When the database fails.
#[trace(name = "create_film")]
pub async fn create(state: &AppState, draft: &FilmDraft) -> Result<Film, WriteFilmError> {
    let film = state.store.insert(draft, state.clock.now()).await?;
    state.feed.caught_up(film.seq).await;
    Ok(film)
}

/// Replaces a film.
///
/// # Errors
/// When the film does not exist or has changed, or the database fails.
#[trace(name = "update_film", fields(film.id = %id))]
pub async fn update(state: &AppState, id: FilmId, update: &FilmUpdate) -> Result<Film, WriteFilmError> {
    let film = state.store.update(id, update.version, &update.film, state.clock.now()).await?;
    state.feed.caught_up(film.seq).await;
    Ok(film)
}

/// Current version of a film in the database; the catalogue in memory may lag behind it.
///
/// # Errors
/// When the film does not exist, or the database fails.
pub async fn current_version(state: &AppState, id: FilmId) -> Result<u64, WriteFilmError> {
    state.store.version_of(id).await?.ok_or(WriteFilmError::NotFound)
}

/// Deletes a film, if it is still at this version.
///
/// # Errors
/// When the film does not exist or has changed, or the database fails.
#[trace(name = "delete_film", fields(film.id = %id))]
pub async fn delete(state: &AppState, id: FilmId, version: u64) -> Result<(), WriteFilmError> {
    let seq = state.store.delete(id, version, state.clock.now()).await?;
    state.feed.caught_up(seq).await;
    Ok(())
}
