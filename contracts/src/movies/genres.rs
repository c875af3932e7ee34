//! Genres.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PUBLIC_MAX_AGE;
use super::access::ViewerMark;
use crate::codes;
use crate::endpoint::{Auth, Cache, Endpoint, Localization, Method, Nothing};
use crate::problem::Code;

/// A genre, as films name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GenreRef {
    /// Stable name for filters.
    pub slug: String,
    /// Name in the language of the response, or the one there is.
    pub name: String,
}

/// A genre with the number of its films.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Genre {
    /// Stable name for filters.
    pub slug: String,
    /// Name in the language of the response, or the one there is.
    pub name: String,
    /// Number of films in it that this viewer may see.
    pub films: u64,
}

/// `GET /api/v1/genres`
pub struct ListGenres;

impl Endpoint for ListGenres {
    const ID: &'static str = "list_genres";
    const SUMMARY: &'static str = "All genres, the largest first.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/genres";
    const AUTH: Auth = Auth::OptionalDegrading;
    const LOCALIZATION: Localization = Localization::Response;
    const CACHE: Cache = Cache::Public { max_age: PUBLIC_MAX_AGE };
    const ERRORS: &'static [&'static Code] = &[codes::CATALOGUE_LOADING];
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = ListGenresResponse;
}

/// All genres; there are at most a few hundred, so they fit one page.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListGenresResponse {
    /// The viewer it was made for.
    pub viewer: ViewerMark,
    /// The genres.
    pub items: Vec<Genre>,
}

/// `GET /api/v1/genres/{genre}`
pub struct GetGenre;

impl Endpoint for GetGenre {
    const ID: &'static str = "get_genre";
    const SUMMARY: &'static str = "One genre by its slug.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/genres/{genre}";
    const AUTH: Auth = Auth::OptionalDegrading;
    const LOCALIZATION: Localization = Localization::Response;
    const CACHE: Cache = Cache::Public { max_age: PUBLIC_MAX_AGE };
    const ERRORS: &'static [&'static Code] = &[codes::GENRE_NOT_FOUND, codes::CATALOGUE_LOADING];
    type Path = GenrePath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = GetGenreResponse;
}

/// A genre, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GenrePath {
    /// Its slug.
    pub genre: String,
}

/// One genre.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GetGenreResponse {
    /// The viewer it was made for.
    pub viewer: ViewerMark,
    /// The genre.
    pub genre: Genre,
}
