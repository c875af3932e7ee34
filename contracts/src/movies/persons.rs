//! People who made films or play in them.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PUBLIC_MAX_AGE;
use super::access::ViewerMark;
use super::films::{CreditRole, FilmSummary};
use crate::endpoint::{Auth, Cache, Endpoint, Localization, Method, Nothing};
use crate::ids::PersonId;
use crate::problem::Code;
use crate::{Cursor, MAX_PAGE, PageSize, codes};

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    /// The person.
    pub id: PersonId,
    /// Name in the language of the response, or the one there is.
    pub name: String,
    /// Roles this person has had.
    pub roles: Vec<CreditRole>,
    /// Number of films with this person that this viewer may see.
    pub films: u64,
}

/// `GET /api/v1/persons/{person_id}`
pub struct GetPerson;

impl Endpoint for GetPerson {
    const ID: &'static str = "get_person";
    const SUMMARY: &'static str = "One person.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/persons/{person_id}";
    const AUTH: Auth = Auth::OptionalDegrading;
    const LOCALIZATION: Localization = Localization::Response;
    const CACHE: Cache = Cache::Public { max_age: PUBLIC_MAX_AGE };
    const ERRORS: &'static [&'static Code] = &[codes::PERSON_NOT_FOUND, codes::CATALOGUE_LOADING];
    type Path = PersonPath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = GetPersonResponse;
}

/// A person, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PersonPath {
    /// Its id.
    pub person_id: PersonId,
}

/// One person.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GetPersonResponse {
    /// The viewer it was made for.
    pub viewer: ViewerMark,
    /// The person.
    pub person: Person,
}

/// `GET /api/v1/persons/{person_id}/films`
pub struct ListPersonFilms;

impl Endpoint for ListPersonFilms {
    const ID: &'static str = "list_person_films";
    const SUMMARY: &'static str = "The films of one person that this viewer may see, newest first.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/persons/{person_id}/films";
    const AUTH: Auth = Auth::OptionalDegrading;
    const LOCALIZATION: Localization = Localization::Response;
    const CACHE: Cache = Cache::Public { max_age: PUBLIC_MAX_AGE };
    const ERRORS: &'static [&'static Code] =
        &[codes::PERSON_NOT_FOUND, codes::INVALID_CURSOR, codes::CATALOGUE_LOADING];
    type Path = PersonPath;
    type Query = ListPersonFilmsQuery;
    type Body = Nothing;
    type Output = ListPersonFilmsResponse;
}

/// Page of the list.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct ListPersonFilmsQuery {
    /// Items on one page.
    #[garde(dive)]
    pub page_size: PageSize,
    /// Number of the page, from 1; not together with `cursor`.
    #[garde(range(min = 1, max = MAX_PAGE))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// `next_cursor` of the page before.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
}

/// One page of a person's films.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListPersonFilmsResponse {
    /// The viewer it was made for.
    pub viewer: ViewerMark,
    /// The films.
    pub items: Vec<FilmSummary>,
    /// Start of the next page; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
}
