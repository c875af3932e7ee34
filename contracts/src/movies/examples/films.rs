//! Films as viewers see them, genres, and the status.

use crate::examples::{Example, Examples, world};
use crate::movies::access::{Access, AccessReason, DegradedReason, Tier, ViewerMark, ViewerMode};
use crate::movies::films::{
    Credit, CreditRole, FilmDetail, FilmPath, FilmSort, FilmSummary, GetFilm, GetFilmResponse, ListFilms,
    ListFilmsQuery, ListFilmsResponse, ListSimilarFilms, ListSimilarFilmsQuery, ListSimilarFilmsResponse,
};
use crate::movies::genres::{Genre, GenrePath, GenreRef, GetGenre, GetGenreResponse, ListGenres, ListGenresResponse};
use crate::movies::search::{SearchFilms, SearchFilmsResponse, SearchQuery};
use crate::movies::status::{AuthStatus, BreakerState, CatalogueStatus, GetStatus, GetStatusResponse};
use crate::status::{Health, LimitsStatus, StorageStatus};
use crate::{Cursor, PageSize, Translated};

/// A viewer without a token.
pub(super) const ANONYMOUS: ViewerMark = ViewerMark { mode: ViewerMode::Anonymous, reason: None };
/// A viewer whose token is valid.
pub(super) const MEMBER: ViewerMark = ViewerMark { mode: ViewerMode::Member, reason: None };
/// A viewer whose token could not be checked.
const DEGRADED: ViewerMark = ViewerMark { mode: ViewerMode::Degraded, reason: Some(DegradedReason::CircuitOpen) };

fn genre(slug: &str, name: &str) -> GenreRef {
    GenreRef { slug: slug.to_owned(), name: name.to_owned() }
}

/// Solaris, free to play.
pub(super) fn solaris() -> FilmSummary {
    FilmSummary {
        id: world::SOLARIS,
        title: "Solaris".to_owned(),
        original_title: Some("Солярис".to_owned()),
        year: 1972,
        genres: vec![genre("drama", "Drama"), genre("sci-fi", "Science fiction")],
        countries: vec!["SU".to_owned()],
        age_rating: Some(12),
        tier: Tier::Free,
        rating: Some(8.1),
        votes: 98_000,
        runtime_minutes: Some(167),
        access: Access { allowed: true, reason: None },
    }
}

/// Stalker, for subscribers.
fn stalker(allowed: bool) -> FilmSummary {
    FilmSummary {
        id: world::STALKER,
        title: "Stalker".to_owned(),
        original_title: Some("Сталкер".to_owned()),
        year: 1979,
        tier: Tier::Subscription,
        votes: 145_000,
        runtime_minutes: Some(162),
        access: Access { allowed, reason: (!allowed).then_some(AccessReason::SubscriptionRequired) },
        ..solaris()
    }
}

/// All details of Solaris.
pub(super) fn solaris_detail() -> FilmDetail {
    let credit = |person_id, name: &str, role, character: Option<&str>| Credit {
        person_id,
        name: name.to_owned(),
        role,
        character: character.map(str::to_owned),
    };
    FilmDetail {
        summary: solaris(),
        titles: Translated { en: "Solaris".to_owned(), ru: Some("Солярис".to_owned()) },
        synopsis: Some("A psychologist arrives at a station above an ocean that answers thoughts.".to_owned()),
        people: vec![
            credit(world::TARKOVSKY, "Andrei Tarkovsky", CreditRole::Director, None),
            credit(world::BANIONIS, "Donatas Banionis", CreditRole::Actor, Some("Kris Kelvin")),
        ],
        wiki: Some("Solaris (1972 film)".to_owned()),
        version: 3,
        updated_at: world::at("2026-03-10T09:00:00Z"),
    }
}

impl Examples for ListFilms {
    fn example() -> Example<Self> {
        let output = ListFilmsResponse {
            viewer: ANONYMOUS,
            items: vec![stalker(false), solaris()],
            next_cursor: Some(Cursor("example-cursor".to_owned())),
            total: Some(14),
        };
        Example::new("dramas_of_the_seventies", "Dramas of the seventies, best rated first", output).query(
            ListFilmsQuery {
                sort: FilmSort::Rating,
                genre: Some("drama".to_owned()),
                year_from: Some(1970),
                year_to: Some(1979),
                page_size: PageSize(2),
                total: true,
                ..ListFilmsQuery::default()
            },
        )
    }

    fn more() -> Vec<Example<Self>> {
        let output =
            ListFilmsResponse { viewer: DEGRADED, items: vec![stalker(false)], next_cursor: None, total: None };
        vec![
            Example::new(
                "without_auth",
                "auth-service is unavailable: a member sees what anonymous viewers see",
                output,
            )
            .query(ListFilmsQuery { page_size: PageSize(2), ..ListFilmsQuery::default() }),
        ]
    }
}

impl Examples for SearchFilms {
    fn example() -> Example<Self> {
        let output = SearchFilmsResponse { viewer: MEMBER, items: vec![stalker(true)] };
        Example::new("typo", "A film is found in spite of a typo", output).query(SearchQuery {
            query: "stallker".to_owned(),
            page_size: PageSize(20),
            page: None,
        })
    }
}

impl Examples for GetFilm {
    fn example() -> Example<Self> {
        Example::new("solaris", "Solaris", GetFilmResponse { viewer: ANONYMOUS, film: solaris_detail() })
            .path(FilmPath { film_id: world::SOLARIS })
    }
}

impl Examples for ListSimilarFilms {
    fn example() -> Example<Self> {
        let output = ListSimilarFilmsResponse { viewer: ANONYMOUS, items: vec![stalker(false)] };
        Example::new("like_solaris", "Films like Solaris", output)
            .path(FilmPath { film_id: world::SOLARIS })
            .query(ListSimilarFilmsQuery { page_size: PageSize(10) })
    }
}

fn drama() -> Genre {
    Genre { slug: "drama".to_owned(), name: "Drama".to_owned(), films: 31 }
}

impl Examples for ListGenres {
    fn example() -> Example<Self> {
        let fiction = Genre { slug: "sci-fi".to_owned(), name: "Science fiction".to_owned(), films: 9 };
        let output = ListGenresResponse { viewer: ANONYMOUS, items: vec![drama(), fiction] };
        Example::new("two_genres", "Two genres", output)
    }
}

impl Examples for GetGenre {
    fn example() -> Example<Self> {
        Example::new("drama", "Drama", GetGenreResponse { viewer: ANONYMOUS, genre: drama() })
            .path(GenrePath { genre: "drama".to_owned() })
    }
}

fn status(auth: AuthStatus) -> GetStatusResponse {
    GetStatusResponse {
        status: auth.status,
        version: world::VERSION.to_owned(),
        auth,
        catalogue: CatalogueStatus {
            status: Health::Pass,
            films: 60,
            seq: 128,
            checked_at: Some(world::at("2026-03-20T20:10:00Z")),
        },
        storage: StorageStatus::of(true),
        limits: LimitsStatus { status: Health::Pass, shared: true, degraded: false },
    }
}

impl Examples for GetStatus {
    fn example() -> Example<Self> {
        let auth = AuthStatus {
            status: Health::Pass,
            reachable: true,
            breaker: BreakerState::Closed,
            since: world::at("2026-03-20T06:00:00Z"),
            last_error: None,
        };
        Example::new("healthy", "All parts work", status(auth))
    }

    fn more() -> Vec<Example<Self>> {
        let auth = AuthStatus {
            status: Health::Warn,
            reachable: false,
            breaker: BreakerState::Open,
            since: world::at("2026-03-20T20:09:30Z"),
            last_error: Some("connection_refused".to_owned()),
        };
        vec![Example::new("without_auth", "auth-service is unavailable", status(auth))]
    }
}
