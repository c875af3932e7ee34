//! `GET /api/v1/films/{film_id}/similar`: films that share people, genres and years with this one.

use actix_web::web::Data;
use contracts::codes;
use contracts::movies::films::{ListSimilarFilms, ListSimilarFilmsResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::present::Presenter;
use crate::extract::Locale;
use crate::state::AppState;

/// Lists films like this one, closest first.
pub async fn list_similar_films(
    state: Data<AppState>,
    viewer: Viewer,
    locale: Locale,
    input: Input<ListSimilarFilms>,
) -> Result<Success<ListSimilarFilms>, ApiError> {
    let snapshot = state.snapshot()?;
    let presenter = Presenter::of(&viewer, locale, &snapshot);
    let size = input.query.page_size.0 as usize;
    let similar = snapshot.similar(input.path.film_id, presenter.rights, size);
    let films = similar.ok_or_else(|| ApiError::new(codes::FILM_NOT_FOUND))?;
    let output = ListSimilarFilmsResponse { viewer: viewer.mark(), items: presenter.summaries(films) };
    Ok(answer(&viewer, locale.0, output))
}
