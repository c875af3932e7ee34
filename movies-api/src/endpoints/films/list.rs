//! `GET /api/v1/films`: one page of the films this viewer may see.

use actix_web::web::Data;
use contracts::codes;
use contracts::movies::films::{ListFilms, ListFilmsQuery, ListFilmsResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::cursor;
use crate::endpoints::present::Presenter;
use crate::extract::Locale;
use crate::index::{FilmFilter, Order};
use crate::state::AppState;

/// Lists films, filtered and in order.
pub async fn list_films(
    state: Data<AppState>,
    viewer: Viewer,
    locale: Locale,
    input: Input<ListFilms>,
) -> Result<Success<ListFilms>, ApiError> {
    let snapshot = state.snapshot()?;
    let presenter = Presenter::of(&viewer, locale, &snapshot);
    let ListFilmsQuery { sort, page_size, total, .. } = input.query;
    let order = Order { sort, language: locale.0 };
    let filter = filter_of(&input.query);
    check_names(&filter, presenter)?;
    let list = format!("films {order:?} {filter:?}");
    let size = page_size.0 as usize;
    let start = cursor::start(input.query.cursor.as_ref(), input.query.page, size, &list)?;
    let page = snapshot.list(&filter, presenter.rights, order, &start, size, total);
    let output = ListFilmsResponse {
        viewer: viewer.mark(),
        items: presenter.summaries(page.films),
        next_cursor: page.next.map(|position| cursor::write(&position, &list)).transpose()?,
        total: page.total,
    };
    Ok(answer(&viewer, locale.0, output))
}

fn filter_of(query: &ListFilmsQuery) -> FilmFilter {
    FilmFilter {
        genre: query.genre.clone(),
        person: query.person,
        country: query.country.as_ref().map(|code| code.to_uppercase()),
        year_from: query.year_from,
        year_to: query.year_to,
        rating_from: query.rating_from,
        age_max: query.age_max,
        tier: query.tier,
    }
}

/// Names in a filter must exist for this viewer: an empty list would suggest that the genre exists.
fn check_names(filter: &FilmFilter, presenter: Presenter<'_>) -> Result<(), ApiError> {
    let (snapshot, rights) = (presenter.snapshot, presenter.rights);
    let genre = filter.genre.as_deref().filter(|slug| !snapshot.has_genre(slug, rights));
    let person = filter.person.filter(|id| snapshot.person(*id, rights).is_none());
    let country = filter.country.as_deref().filter(|code| !snapshot.has_country(code, rights));
    let unknown = [
        genre.map(|slug| ("?genre", format!("there is no genre `{slug}`"))),
        person.map(|id| ("?person", format!("there is no person {id}"))),
        country.map(|code| ("?country", format!("there is no film of country `{code}`"))),
    ];
    let mut unknown = unknown.into_iter().flatten().peekable();
    if unknown.peek().is_none() {
        return Ok(());
    }
    let invalid = ApiError::new(codes::INVALID_FIELDS);
    Err(unknown.fold(invalid, |error, (name, detail)| error.with_error(name, "invalid_value", detail)))
}
