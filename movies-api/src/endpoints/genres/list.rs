//! `GET /api/v1/genres`: all genres, the largest first.

use actix_web::web::Data;
use contracts::movies::genres::{ListGenres, ListGenresResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::present::Presenter;
use crate::extract::Locale;
use crate::state::AppState;

/// Lists the genres that have films for this viewer.
pub async fn list_genres(
    state: Data<AppState>,
    viewer: Viewer,
    locale: Locale,
    _input: Input<ListGenres>,
) -> Result<Success<ListGenres>, ApiError> {
    let snapshot = state.snapshot()?;
    let presenter = Presenter::of(&viewer, locale, &snapshot);
    let genres = snapshot.all_genres(presenter.rights).into_iter();
    let items = genres.map(|(names, films)| presenter.genre(names, films)).collect();
    Ok(answer(&viewer, locale.0, ListGenresResponse { viewer: viewer.mark(), items }))
}
