//! Default limits of movies-api; `docs/limits.md` explains the figures.

use contracts::endpoint::{Endpoint, EndpointInfo};
use contracts::movies::{ENDPOINTS, changes, films, genres, persons, search, status, writes};
use service_kit::server::documents;
use service_kit::server::limits::{DefaultPolicy, LimitTable, Per, joined};

const SEARCH: &[&str] = &[search::SearchFilms::ID, search::SearchPersons::ID];
const EDITOR: &[&str] =
    &[writes::CreateFilm::ID, writes::UpdateFilm::ID, writes::DeleteFilm::ID, changes::ListFilmChanges::ID];
const CATALOGUE: &[&str] = &[
    films::ListFilms::ID,
    films::GetFilm::ID,
    films::ListSimilarFilms::ID,
    genres::ListGenres::ID,
    genres::GetGenre::ID,
    persons::GetPerson::ID,
    persons::ListPersonFilms::ID,
    status::GetStatus::ID,
    // By address too, before the token is checked: a bad token costs a call to auth-service.
    writes::CreateFilm::ID,
    writes::UpdateFilm::ID,
    writes::DeleteFilm::ID,
    changes::ListFilmChanges::ID,
];

static ALL: [EndpointInfo; ENDPOINTS.len() + documents::PAGES.len()] = joined(&[ENDPOINTS, &documents::PAGES]);

/// The table.
pub static LIMITS: LimitTable = LimitTable {
    service: "movies",
    endpoints: &ALL,
    accounts: &[],
    policies: &[
        DefaultPolicy::new("catalogue", "50/1s burst 200", Per::Address, CATALOGUE).leased(10),
        DefaultPolicy::new("search", "20/1s burst 60", Per::Address, SEARCH).leased(4),
        DefaultPolicy::new("editor", "10/1s burst 100", Per::User, EDITOR),
        documents::LIMIT,
    ],
};

#[cfg(test)]
mod tests {
    use service_kit::server::limits::LimitsConfig;

    use super::*;

    #[test]
    fn every_endpoint_is_limited() {
        assert_eq!(LimitsConfig::of(&LIMITS).uncovered(&LIMITS), [""; 0]);
    }

    #[test]
    fn the_table_is_documented_as_it_is() {
        let document = include_str!("../../docs/limits.md");
        for policy in LIMITS.policies {
            assert!(document.contains(&policy.row()), "docs/limits.md lacks {}", policy.row());
        }
    }
}
