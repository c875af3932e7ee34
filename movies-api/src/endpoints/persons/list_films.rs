//! `GET /api/v1/persons/{person_id}/films`: the films of one person, newest first.

use actix_web::web::Data;
use contracts::codes;
use contracts::movies::films::FilmSort;
use contracts::movies::persons::{ListPersonFilms, ListPersonFilmsResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::cursor;
use crate::endpoints::present::Presenter;
use crate::extract::Locale;
use crate::index::{FilmFilter, Order};
use crate::state::AppState;

/// Lists the films of a person that this viewer may see.
pub async fn list_person_films(
    state: Data<AppState>,
    viewer: Viewer,
    locale: Locale,
    input: Input<ListPersonFilms>,
) -> Result<Success<ListPersonFilms>, ApiError> {
    let snapshot = state.snapshot()?;
    let presenter = Presenter::of(&viewer, locale, &snapshot);
    let person = input.path.person_id;
    snapshot.person(person, presenter.rights).ok_or_else(|| ApiError::new(codes::PERSON_NOT_FOUND))?;
    let order = Order { sort: FilmSort::Newest, language: locale.0 };
    let list = format!("person {person}");
    let size = input.query.page_size.0 as usize;
    let start = cursor::start(input.query.cursor.as_ref(), input.query.page, size, &list)?;
    let filter = FilmFilter { person: Some(person), ..FilmFilter::default() };
    let page = snapshot.list(&filter, presenter.rights, order, &start, size, false);
    let output = ListPersonFilmsResponse {
        viewer: viewer.mark(),
        items: presenter.summaries(page.films),
        next_cursor: page.next.map(|position| cursor::write(&position, &list)).transpose()?,
    };
    Ok(answer(&viewer, locale.0, output))
}
