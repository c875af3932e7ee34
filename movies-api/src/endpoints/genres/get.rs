//! `GET /api/v1/genres/{genre}`: one genre by its slug.

use actix_web::web::Data;
use contracts::codes;
use contracts::movies::genres::{GetGenre, GetGenreResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::present::Presenter;
use crate::extract::Locale;
use crate::state::AppState;

/// Shows a genre that has films for this viewer.
pub async fn get_genre(
    state: Data<AppState>,
    viewer: Viewer,
    locale: Locale,
    input: Input<GetGenre>,
) -> Result<Success<GetGenre>, ApiError> {
    let snapshot = state.snapshot()?;
    let presenter = Presenter::of(&viewer, locale, &snapshot);
    let found = snapshot.genre(&input.path.genre, presenter.rights);
    let (names, films) = found.ok_or_else(|| ApiError::new(codes::GENRE_NOT_FOUND))?;
    let output = GetGenreResponse { viewer: viewer.mark(), genre: presenter.genre(names, films) };
    Ok(answer(&viewer, locale.0, output))
}
