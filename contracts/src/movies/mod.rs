//! movies-api: films, genres, persons, and permissions to see and play.

pub mod access;
pub mod changes;
pub mod films;
pub mod genres;
pub mod import;
pub mod persons;
pub mod search;
pub mod status;
pub mod writes;

use crate::endpoint::EndpointInfo;

/// Maximum time in seconds for which shared caches may store an anonymous response.
pub const PUBLIC_MAX_AGE: u32 = 30;

/// Every endpoint of movies-api.
pub const ENDPOINTS: &[EndpointInfo] = &[
    EndpointInfo::of::<films::ListFilms>(),
    EndpointInfo::of::<search::SearchFilms>(),
    EndpointInfo::of::<films::GetFilm>(),
    EndpointInfo::of::<films::ListSimilarFilms>(),
    EndpointInfo::of::<genres::ListGenres>(),
    EndpointInfo::of::<genres::GetGenre>(),
    EndpointInfo::of::<search::SearchPersons>(),
    EndpointInfo::of::<persons::GetPerson>(),
    EndpointInfo::of::<persons::ListPersonFilms>(),
    EndpointInfo::of::<changes::ListFilmChanges>(),
    EndpointInfo::of::<writes::CreateFilm>(),
    EndpointInfo::of::<writes::UpdateFilm>(),
    EndpointInfo::of::<writes::DeleteFilm>(),
    EndpointInfo::of::<status::GetStatus>(),
];
