//! `PUT /api/v1/films/{film_id}`: replaces a film.

use actix_web::web::Data;
use contracts::movies::writes::{FilmWritten, UpdateFilm};
use service_kit::{ApiError, Input, Preconditions, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer_editor;
use crate::endpoints::present::Presenter;
use crate::error::write_error;
use crate::extract::{Editor, Locale};
use crate::state::AppState;

/// Replaces a film and returns it.
pub async fn update_film(
    state: Data<AppState>,
    editor: Editor,
    locale: Locale,
    preconditions: Preconditions,
    input: Input<UpdateFilm>,
) -> Result<Success<UpdateFilm>, ApiError> {
    let id = input.path.film_id;
    if preconditions.is_conditional() {
        preconditions.check(state.film_writes.current_version(id).await.map_err(write_error)?)?;
    }
    let film = state.film_writes.update(id, &input.body).await.map_err(write_error)?;
    let snapshot = state.snapshot()?;
    let detail = Presenter::of(&Viewer::Member(editor.0), locale, &snapshot).detail(&film);
    Ok(answer_editor(locale.0, FilmWritten { film: detail }))
}
