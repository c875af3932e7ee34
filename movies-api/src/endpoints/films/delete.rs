//! `DELETE /api/v1/films/{film_id}`: deletes a film.

use actix_web::web::Data;
use contracts::codes;
use contracts::endpoint::NoContent;
use contracts::movies::writes::DeleteFilm;
use service_kit::{ApiError, Input, Preconditions, Success};

use crate::error::write_error;
use crate::extract::Editor;
use crate::state::AppState;

/// Deletes a film at the version that the editor has read.
pub async fn delete_film(
    state: Data<AppState>,
    _editor: Editor,
    preconditions: Preconditions,
    input: Input<DeleteFilm>,
) -> Result<Success<DeleteFilm>, ApiError> {
    let id = input.path.film_id;
    let current = state.film_writes.current_version(id).await.map_err(write_error)?;
    let expected = input.query.version;
    if expected.is_none() && !preconditions.names_version() {
        let ways = "give ?version= as it was read, or its ETag in If-Match";
        return Err(ApiError::new(codes::PRECONDITION_REQUIRED).detail(ways));
    }
    preconditions.check(current)?;
    state.film_writes.delete(id, expected.unwrap_or(current)).await.map_err(write_error)?;
    Ok(Success::new(NoContent {}))
}
