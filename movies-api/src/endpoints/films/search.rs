//! `GET /api/v1/films/search`: full-text search of films.

use std::sync::Arc;

use actix_web::web::Data;
use contracts::movies::search::{SearchFilms, SearchFilmsResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::present::Presenter;
use crate::error::{search_error, search_pool_error};
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
    let (rights, query) = (viewer.rights(), input.query);
    let size = query.page_size.0 as usize;
    let offset = (query.page.unwrap_or(1) as usize - 1) * size;
    let index = Arc::clone(&snapshot);
    let search = move |is_wanted: &dyn Fn() -> bool| index.search_films(&query.query, rights, offset, size, is_wanted);
    let films = state.searches.run(search).await.map_err(search_pool_error)?.map_err(search_error)?;
    let presenter = Presenter::of(&viewer, locale, &snapshot);
    let output = SearchFilmsResponse { viewer: viewer.mark(), items: presenter.summaries(films) };
    Ok(answer(&viewer, locale.0, output))
}
