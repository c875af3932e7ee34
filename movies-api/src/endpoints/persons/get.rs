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

/// Shows a person; without a film that this viewer may see, there is no such person.
pub async fn get_person(
    state: Data<AppState>,
    viewer: Viewer,
    locale: Locale,
    input: Input<GetPerson>,
) -> Result<Success<GetPerson>, ApiError> {
    let snapshot = state.snapshot()?;
    let presenter = Presenter::of(&viewer, locale, &snapshot);
    let found = snapshot.person(input.path.person_id, presenter.rights);
    let person = found.ok_or_else(|| ApiError::new(codes::PERSON_NOT_FOUND))?;
    let output = GetPersonResponse { viewer: viewer.mark(), person: presenter.person(person) };
    Ok(answer(&viewer, locale.0, output))
}
