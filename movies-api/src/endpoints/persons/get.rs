//! `GET /api/v1/persons/{person_id}`: one person.

use actix_web::web::Data;
use contracts::codes;
use contracts::movies::persons::{GetPerson, GetPersonResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::present::Presenter;
use crate::extract::Locale;
use crate::state::AppState;

/// Shows a person; one whose films this viewer may not see is absent like them.
pub async fn get_person(
    state: Data<AppState>,
    viewer: Viewer,
    locale: Locale,
    input: Input<GetPerson>,
) -> Result<Success<GetPerson>, ApiError> {
    let snapshot = state.snapshot()?;
    let eyes = Presenter::of(&viewer, locale, &snapshot);
    let found = snapshot.person(input.path.person_id, eyes.rights);
    let seen = found.ok_or_else(|| ApiError::new(codes::PERSON_NOT_FOUND))?;
    let output = GetPersonResponse { viewer: viewer.mark(), person: eyes.person(seen) };
    Ok(answer(&viewer, locale.0, output))
}
