//! `DELETE /api/v1/films/{film_id}`: takes a film out of the catalogue.

use actix_web::web::Data;
use contracts::endpoint::NoContent;
use contracts::movies::writes::DeleteFilm;
use service_kit::{ApiError, Input, Success};

use crate::error::write_error;
use crate::extract::Editor;
use crate::flows::write_film;
use crate::state::AppState;

/// Deletes a film.
pub async fn delete_film(
    state: Data<AppState>,
    _editor: Editor,
    input: Input<DeleteFilm>,
) -> Result<Success<DeleteFilm>, ApiError> {
    write_film::delete(&state, input.path.film_id).await.map_err(write_error)?;
    Ok(Success::new(NoContent {}))
}
