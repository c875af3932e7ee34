//! `GET /api/v1/films/changes`: the change feed, for editors' tools and other readers of the catalogue.

use actix_web::web::Data;
use contracts::movies::changes::{FilmChange, ListFilmChanges, ListFilmChangesResponse};
use service_kit::{ApiError, Input, Success};

use crate::error::read_error;
use crate::extract::Editor;
use crate::state::AppState;

/// Lists changes after a point of the feed, straight from the database.
pub async fn list_film_changes(
    state: Data<AppState>,
    _editor: Editor,
    input: Input<ListFilmChanges>,
) -> Result<Success<ListFilmChanges>, ApiError> {
    let limit = u64::from(input.query.page_size.0);
    let batch = state.store.changes_since(input.query.since, limit).await.map_err(read_error)?;
    let changed = batch.films.iter().map(|film| FilmChange { seq: film.seq, film_id: film.id, deleted: false });
    let deleted = batch.deleted.iter().map(|(id, seq)| FilmChange { seq: *seq, film_id: *id, deleted: true });
    let mut items: Vec<_> = changed.chain(deleted).collect();
    items.sort_by_key(|change| change.seq);
    Ok(Success::new(ListFilmChangesResponse { items, next_since: batch.last_seq }))
}
