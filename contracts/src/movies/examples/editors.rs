//! Writes of editors, and the change feed.

use super::films::solaris_detail;
use crate::examples::{Example, Examples, world};
use crate::movies::access::Tier;
use crate::movies::changes::{FilmChange, ListFilmChanges, ListFilmChangesQuery, ListFilmChangesResponse};
use crate::movies::films::FilmPath;
use crate::movies::import::{PersonRecord, Synopsis};
use crate::movies::writes::{CreateFilm, DeleteFilm, DeleteFilmQuery, FilmDraft, FilmUpdate, FilmWritten, UpdateFilm};
use crate::{NoContent, PageSize};

fn draft() -> FilmDraft {
    FilmDraft {
        title: "Solaris".to_owned(),
        title_ru: Some("Солярис".to_owned()),
        original_title: Some("Солярис".to_owned()),
        year: 1972,
        countries: vec!["SU".to_owned()],
        genres: vec!["drama".to_owned(), "sci-fi".to_owned()],
        age_rating: Some(12),
        tier: Tier::Free,
        rating: Some(8.1),
        votes: 98_000,
        runtime_minutes: Some(167),
        directors: vec![PersonRecord::Name("Andrei Tarkovsky".to_owned())],
        writers: Vec::new(),
        cast: vec![PersonRecord::Full {
            name: "Donatas Banionis".to_owned(),
            name_ru: Some("Донатас Банионис".to_owned()),
            character: Some("Kris Kelvin".to_owned()),
        }],
        synopsis: Synopsis {
            en: Some("A psychologist arrives at a station above an ocean that answers thoughts.".to_owned()),
            ru: None,
        },
        wiki: Some("Solaris (1972 film)".to_owned()),
    }
}

impl Examples for CreateFilm {
    fn example() -> Example<Self> {
        let mut film = solaris_detail();
        film.version = 1;
        Example::new("solaris", "Solaris is added", FilmWritten { film }).body(draft())
    }
}

impl Examples for UpdateFilm {
    fn example() -> Example<Self> {
        Example::new("solaris", "Version 2 of Solaris is replaced", FilmWritten { film: solaris_detail() })
            .path(FilmPath { film_id: world::SOLARIS })
            .body(FilmUpdate { version: 2, film: draft() })
    }
}

impl Examples for DeleteFilm {
    fn example() -> Example<Self> {
        Example::new("solaris", "Version 3 of Solaris is deleted", NoContent {})
            .path(FilmPath { film_id: world::SOLARIS })
            .query(DeleteFilmQuery { version: Some(3) })
    }
}

impl Examples for ListFilmChanges {
    fn example() -> Example<Self> {
        let items = vec![
            FilmChange { seq: 121, film_id: world::SOLARIS, deleted: false },
            FilmChange { seq: 128, film_id: world::STALKER, deleted: true },
        ];
        let output = ListFilmChangesResponse { items, next_since: 128 };
        Example::new("since_120", "One film changed, one was deleted", output)
            .query(ListFilmChangesQuery { since: 120, page_size: PageSize(20) })
    }
}
