//! `GET /api/v1/films`: one page of the films this viewer may see.

use actix_web::web::Data;
use contracts::movies::films::{ListFilms, ListFilmsQuery, ListFilmsResponse};
use service_kit::{ApiError, Input, Success};

use crate::domain::viewer::Viewer;
use crate::endpoints::answer::answer;
use crate::endpoints::cursor;
use crate::endpoints::present::Eyes;
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
    let eyes = Eyes::of(&viewer, locale, &snapshot);
    let ListFilmsQuery { sort, page_size, total, .. } = input.query;
    let order = Order { sort, language: locale.0 };
    let filter = filter_of(&input.query);
    let list = format!("films {order:?} {filter:?}");
    let size = page_size.0 as usize;
    let start = cursor::start(input.query.cursor.as_ref(), input.query.page, size, &list)?;
    let page = snapshot.list(&filter, eyes.rights, order, &start, size, total);
    let output = ListFilmsResponse {
        viewer: viewer.mark(),
        items: eyes.summaries(page.films),
        next_cursor: page.next.map(|place| cursor::write(&place, &list)).transpose()?,
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
