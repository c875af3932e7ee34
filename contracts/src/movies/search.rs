//! Full-text search of films and people.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PUBLIC_MAX_AGE;
use super::access::ViewerMark;
use super::films::FilmSummary;
use super::persons::Person;
use crate::endpoint::{Auth, Cache, Endpoint, Localization, Method, Nothing};
use crate::problem::Code;
use crate::{PageSize, codes};

/// `GET /api/v1/films/search`
pub struct SearchFilms;

impl Endpoint for SearchFilms {
    const ID: &'static str = "search_films";
    const SUMMARY: &'static str =
        "Films by title or person, best match first; tolerates typos and the wrong keyboard layout.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/films/search";
    const AUTH: Auth = Auth::OptionalDegrading;
    const LOCALIZATION: Localization = Localization::Response;
    const CACHE: Cache = Cache::Public { max_age: PUBLIC_MAX_AGE };
    const ERRORS: &'static [&'static Code] = &[codes::CATALOGUE_LOADING, codes::SEARCH_BUSY];
    type Path = Nothing;
    type Query = SearchQuery;
    type Body = Nothing;
    type Output = SearchFilmsResponse;
}

/// A search.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words in Russian or English; the last one may be unfinished.
    #[garde(length(chars, min = 1, max = 200))]
    pub query: String,
    /// Items on one page.
    #[garde(dive)]
    #[serde(default)]
    pub page_size: PageSize,
    /// Number of the page, from 1.
    #[garde(range(min = 1, max = 50))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
}

/// Films that match.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SearchFilmsResponse {
    /// The viewer it was made for.
    pub viewer: ViewerMark,
    /// The films, best match first.
    pub items: Vec<FilmSummary>,
}

/// `GET /api/v1/persons/search`
pub struct SearchPersons;

impl Endpoint for SearchPersons {
    const ID: &'static str = "search_persons";
    const SUMMARY: &'static str = "People by name, best match first; tolerates the same typos as the search for films.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/persons/search";
    const AUTH: Auth = Auth::OptionalDegrading;
    const LOCALIZATION: Localization = Localization::Response;
    const CACHE: Cache = Cache::Public { max_age: PUBLIC_MAX_AGE };
    const ERRORS: &'static [&'static Code] = &[codes::CATALOGUE_LOADING, codes::SEARCH_BUSY];
    type Path = Nothing;
    type Query = SearchQuery;
    type Body = Nothing;
    type Output = SearchPersonsResponse;
}

/// People that match.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SearchPersonsResponse {
    /// The viewer it was made for.
    pub viewer: ViewerMark,
    /// The people, best match first.
    pub items: Vec<Person>,
}
