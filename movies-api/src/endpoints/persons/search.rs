//! `GET /api/v1/persons/search`: people by name.

use actix_web::web::Data;
use contracts::movies::search::{SearchPersons, SearchPersonsResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::present::Eyes;
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
    let eyes = Eyes::of(&viewer, locale, &snapshot);
    let size = input.query.page_size.0 as usize;
    let offset = (input.query.page.unwrap_or(1) as usize - 1) * size;
    let found = snapshot.search_persons(&input.query.query, eyes.rights, offset, size).map_err(ApiError::internal)?;
    let items = found.into_iter().map(|seen| eyes.person(seen)).collect();
    Ok(answer(&viewer, locale.0, SearchPersonsResponse { viewer: viewer.mark(), items }))
}
