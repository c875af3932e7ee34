//! `GET /api/v1/films/search`: films by what somebody typed.

use actix_web::web::Data;
use contracts::movies::search::{SearchFilms, SearchFilmsResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::present::Eyes;
use crate::extract::Locale;
use crate::state::AppState;

/// Finds films, best match first.
pub async fn search_films(
    state: Data<AppState>,
    viewer: Viewer,
    locale: Locale,
    input: Input<SearchFilms>,
) -> Result<Success<SearchFilms>, ApiError> {
    let snapshot = state.snapshot()?;
    let eyes = Eyes::of(&viewer, locale, &snapshot);
    let size = input.query.page_size.0 as usize;
    let offset = (input.query.page.unwrap_or(1) as usize - 1) * size;
    let films = snapshot.search_films(&input.query.query, eyes.rights, offset, size).map_err(ApiError::internal)?;
    let output = SearchFilmsResponse { viewer: viewer.mark(), items: eyes.summaries(films) };
    Ok(answer(&viewer, locale.0, output))
}
