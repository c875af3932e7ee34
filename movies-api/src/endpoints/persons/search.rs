//! `GET /api/v1/persons/search`: search of people by name.

use actix_web::web::Data;
use contracts::movies::search::{SearchPersons, SearchPersonsResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::present::Presenter;
use crate::error::{search_error, search_pool_error};
use crate::extract::Locale;
use crate::state::AppState;

/// Finds people, best match first.
pub async fn search_persons(
    state: Data<AppState>,
    viewer: Viewer,
    locale: Locale,
    input: Input<SearchPersons>,
) -> Result<Success<SearchPersons>, ApiError> {
    let snapshot = state.snapshot()?;
    let (rights, query) = (viewer.rights(), input.query);
    let size = query.page_size.0 as usize;
    let offset = (query.page.unwrap_or(1) as usize - 1) * size;
    let searcher = viewer.clone();
    let search = move |is_wanted: &dyn Fn() -> bool| {
        let found = snapshot.search_persons(&query.query, rights, offset, size, is_wanted)?;
        let presenter = Presenter::of(&searcher, locale, &snapshot);
        Ok(found.into_iter().map(|person| presenter.person(person)).collect())
    };
    let items = state.searches.run(search).await.map_err(search_pool_error)?.map_err(search_error)?;
    Ok(answer(&viewer, locale.0, SearchPersonsResponse { viewer: viewer.mark(), items }))
}
