//! `POST /api/v1/films`: adds a film.

use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::web::Data;
use contracts::movies::writes::{CreateFilm, FilmWritten};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer_editor;
use crate::endpoints::present::Presenter;
use crate::error::write_error;
use crate::extract::{Editor, Locale};
use crate::state::AppState;

/// Adds a film and returns it.
pub async fn create_film(
    state: Data<AppState>,
    editor: Editor,
    locale: Locale,
    input: Input<CreateFilm>,
) -> Result<Success<CreateFilm>, ApiError> {
    let film = state.film_writes.create(&input.body).await.map_err(write_error)?;
    let snapshot = state.snapshot()?;
    let detail = Presenter::of(&Viewer::Member(editor.0), locale, &snapshot).detail(&film);
    let location = HeaderValue::from_str(&format!("/api/v1/films/{}", film.id)).map_err(ApiError::internal)?;
    Ok(answer_editor(locale.0, FilmWritten { film: detail }).header(LOCATION, location))
}
