//! `GET /api/v1/films/{film_id}`: one film with its people.

use actix_web::web::Data;
use contracts::codes;
use contracts::movies::films::{GetFilm, GetFilmResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::present::Presenter;
use crate::extract::Locale;
use crate::state::AppState;

/// Shows a film; one that this viewer may not see is indistinguishable from a missing one.
pub async fn get_film(
    state: Data<AppState>,
    viewer: Viewer,
    locale: Locale,
    input: Input<GetFilm>,
) -> Result<Success<GetFilm>, ApiError> {
    let snapshot = state.snapshot()?;
    let presenter = Presenter::of(&viewer, locale, &snapshot);
    let film =
        snapshot.film(input.path.film_id, presenter.rights).ok_or_else(|| ApiError::new(codes::FILM_NOT_FOUND))?;
    let output = GetFilmResponse { viewer: viewer.mark(), film: presenter.detail(film) };
    let version = output.film.version;
    Ok(answer(&viewer, locale.0, output).version(version))
}
