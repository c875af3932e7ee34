//! Films as viewers see them.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PUBLIC_MAX_AGE;
use super::access::{AGE_RATINGS, Access, Tier, ViewerMark};
use super::genres::GenreRef;
use crate::endpoint::{Auth, Cache, Endpoint, Localization, Method, Nothing};
use crate::ids::{FilmId, PersonId};
use crate::problem::Code;
use crate::{Cursor, MAX_PAGE, PageSize, Translated, codes};

/// `GET /api/v1/films`
pub struct ListFilms;

impl Endpoint for ListFilms {
    const ID: &'static str = "list_films";
    const SUMMARY: &'static str = "One page of the films this viewer may see.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/films";
    const AUTH: Auth = Auth::OptionalDegrading;
    const LOCALIZATION: Localization = Localization::Response;
    const CACHE: Cache = Cache::Public { max_age: PUBLIC_MAX_AGE };
    const ERRORS: &'static [&'static Code] = &[codes::INVALID_CURSOR, codes::CATALOGUE_LOADING];
    type Path = Nothing;
    type Query = ListFilmsQuery;
    type Body = Nothing;
    type Output = ListFilmsResponse;
}

/// Filters are joined by "and"; a genre, person or country without a film for this viewer is rejected (422).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct ListFilmsQuery {
    /// Order of the list.
    #[garde(skip)]
    pub sort: FilmSort,
    /// Slug of a genre.
    #[garde(length(chars, min = 1, max = 64))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// Id of a person who made the film or plays in it.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// First year.
    #[garde(range(min = 1800, max = 2200))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year_from: Option<u16>,
    /// Last year.
    #[garde(range(min = 1800, max = 2200))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year_to: Option<u16>,
    /// Country of production, ISO 3166-1 alpha-2 (`SU` for the Soviet Union).
    #[garde(length(chars, min = 2, max = 2))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Lowest rating, 0 to 10.
    #[garde(range(min = 0.0, max = 10.0), inner(custom(not_nan)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating_from: Option<f32>,
    /// Highest age rating: 0, 6, 12, 16 or 18.
    #[garde(inner(custom(known_age_rating)))]
    #[schemars(extend("enum" = [0, 6, 12, 16, 18, null]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_max: Option<u8>,
    /// Only films of this tier.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
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
    /// `true` counts all matching films.
    #[garde(skip)]
    pub total: bool,
}

/// Rejects age ratings that do not exist.
pub(crate) fn known_age_rating(value: &u8, _: &()) -> garde::Result {
    if AGE_RATINGS.contains(value) { Ok(()) } else { Err(garde::Error::new("must be 0, 6, 12, 16 or 18")) }
}

/// Rejects NaN, which a query can spell and every range lets through.
fn not_nan(value: &f32, _: &()) -> garde::Result {
    if value.is_nan() { Err(garde::Error::new("must be a number")) } else { Ok(()) }
}

/// Orders of a list. Equal films are ordered by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilmSort {
    /// Latest year first.
    #[default]
    Newest,
    /// Earliest year first.
    Oldest,
    /// Best rated first, unrated last.
    Rating,
    /// Most votes first.
    Popular,
    /// By title in the language of the response.
    Title,
}

/// One page of films.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListFilmsResponse {
    /// The viewer it was made for.
    pub viewer: ViewerMark,
    /// The films.
    pub items: Vec<FilmSummary>,
    /// Start of the next page; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
    /// Number of matching films, if requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// A film in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FilmSummary {
    /// The film.
    pub id: FilmId,
    /// Title in the language of the response, or the one there is.
    pub title: String,
    /// Title in the original language, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_title: Option<String>,
    /// Year of the first release.
    pub year: u16,
    /// Genres by importance.
    pub genres: Vec<GenreRef>,
    /// Countries of production, ISO 3166-1 alpha-2.
    pub countries: Vec<String>,
    /// Suitable from this age on; absent for an unrated film.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_rating: Option<u8>,
    /// Requirement to play it.
    pub tier: Tier,
    /// Viewers' rating, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<f32>,
    /// Number of ratings by viewers.
    pub votes: u32,
    /// Length in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_minutes: Option<u16>,
    /// This viewer's permission to play it.
    pub access: Access,
}

/// `GET /api/v1/films/{film_id}`
pub struct GetFilm;

impl Endpoint for GetFilm {
    const ID: &'static str = "get_film";
    const SUMMARY: &'static str = "One film with its people.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/films/{film_id}";
    const AUTH: Auth = Auth::OptionalDegrading;
    const LOCALIZATION: Localization = Localization::Response;
    const CACHE: Cache = Cache::Public { max_age: PUBLIC_MAX_AGE };
    const ERRORS: &'static [&'static Code] = &[codes::FILM_NOT_FOUND, codes::CATALOGUE_LOADING];
    type Path = FilmPath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = GetFilmResponse;
}

/// A film, in the path.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FilmPath {
    /// Its id.
    pub film_id: FilmId,
}

/// One film.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GetFilmResponse {
    /// The viewer it was made for.
    pub viewer: ViewerMark,
    /// The film.
    pub film: FilmDetail,
}

/// All details of a film.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FilmDetail {
    /// The fields of lists.
    #[serde(flatten)]
    pub summary: FilmSummary,
    /// The titles by language.
    pub titles: Translated,
    /// Synopsis, in the language of the response or the one there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synopsis: Option<String>,
    /// Directors, writers and actors, in order.
    pub people: Vec<Credit>,
    /// Name of the article in the English Wikipedia.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wiki: Option<String>,
    /// Grows with each change of this film; send it with `update_film`.
    pub version: u64,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
}

/// A person's role in a film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Credit {
    /// The person.
    pub person_id: PersonId,
    /// Name in the language of the response, or the one there is.
    pub name: String,
    /// The role.
    pub role: CreditRole,
    /// The character an actor plays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub character: Option<String>,
}

/// Roles of people in a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the parts explain themselves")]
pub enum CreditRole {
    Director,
    Writer,
    Actor,
}

/// `GET /api/v1/films/{film_id}/similar`
pub struct ListSimilarFilms;

impl Endpoint for ListSimilarFilms {
    const ID: &'static str = "list_similar_films";
    const SUMMARY: &'static str = "Films that share people, genres and years with this one, closest first.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/films/{film_id}/similar";
    const AUTH: Auth = Auth::OptionalDegrading;
    const LOCALIZATION: Localization = Localization::Response;
    const CACHE: Cache = Cache::Public { max_age: PUBLIC_MAX_AGE };
    const ERRORS: &'static [&'static Code] = &[codes::FILM_NOT_FOUND, codes::CATALOGUE_LOADING];
    type Path = FilmPath;
    type Query = ListSimilarFilmsQuery;
    type Body = Nothing;
    type Output = ListSimilarFilmsResponse;
}

/// Number of films.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct ListSimilarFilmsQuery {
    /// Maximum number of items.
    #[garde(dive)]
    pub page_size: PageSize,
}

/// Similar films.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListSimilarFilmsResponse {
    /// The viewer it was made for.
    pub viewer: ViewerMark,
    /// The films, closest first.
    pub items: Vec<FilmSummary>,
}
