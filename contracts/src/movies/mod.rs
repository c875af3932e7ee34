//! movies-api: films, genres, persons, and permissions to see and play.

pub mod access;
pub mod changes;
mod examples;
pub mod films;
pub mod genres;
pub mod import;
pub mod persons;
pub mod search;
pub mod status;
pub mod writes;

use crate::operation::registry;

/// Maximum time in seconds for which shared caches may store an anonymous response.
pub const PUBLIC_MAX_AGE: u32 = 30;

registry! {
    /// Every endpoint of movies-api.
    films::ListFilms,
    search::SearchFilms,
    films::GetFilm,
    films::ListSimilarFilms,
    genres::ListGenres,
    genres::GetGenre,
    search::SearchPersons,
    persons::GetPerson,
    persons::ListPersonFilms,
    changes::ListFilmChanges,
    writes::CreateFilm,
    writes::UpdateFilm,
    writes::DeleteFilm,
    status::GetStatus,
}
