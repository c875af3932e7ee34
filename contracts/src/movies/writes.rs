//! Editors' writes to the catalogue. All fail closed: 503 while the caller cannot be identified.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Tier;
use super::films::{FilmDetail, FilmPath, known_age_rating};
use super::import::{FilmRecord, MAX_CAST, MAX_CREW, PersonRecord, Synopsis};
use crate::auth::permissions::FILMS_WRITE;
use crate::codes;
use crate::endpoint::{Auth, BodyFormat, Endpoint, Localization, Method, NoContent, Nothing};
use crate::problem::Code;

/// Largest body of a film in bytes. A film that an import accepts fits: every field at its bound (360,000 characters of
/// names alone), every character escaped as two `\uXXXX`. Only editors may send so much.
pub const MAX_FILM_BODY: usize = 5 * 1024 * 1024;

/// `POST /api/v1/films`
pub struct CreateFilm;

impl Endpoint for CreateFilm {
    const ID: &'static str = "create_film";
    const SUMMARY: &'static str = "Adds a film.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/v1/films";
    const SUCCESS: u16 = 201;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Permission(FILMS_WRITE);
    const LOCALIZATION: Localization = Localization::Response;
    const LOCATION: bool = true;
    const MAX_BODY: usize = MAX_FILM_BODY;
    const ERRORS: &'static [&'static Code] = &[codes::CATALOGUE_READ_ONLY, codes::CATALOGUE_LOADING];
    type Path = Nothing;
    type Query = Nothing;
    type Body = FilmDraft;
    type Output = FilmWritten;
}

/// A complete film as an editor writes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FilmDraft {
    /// English title, or the only one.
    #[garde(length(chars, min = 1, max = 500))]
    pub title: String,
    /// Russian title.
    #[garde(length(chars, min = 1, max = 500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title_ru: Option<String>,
    /// Title in the original language.
    #[garde(length(chars, min = 1, max = 500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_title: Option<String>,
    /// Year of the first release.
    #[garde(range(min = 1870, max = 2200))]
    pub year: u16,
    /// Countries of production, ISO 3166-1 alpha-2.
    #[garde(length(max = 30), inner(pattern("^[A-Z]{2}$")))]
    #[serde(default)]
    pub countries: Vec<String>,
    /// Genres by slug or English name; unknown ones are added.
    #[garde(length(max = 30), inner(length(chars, min = 1, max = 64)))]
    #[serde(default)]
    pub genres: Vec<String>,
    /// 0, 6, 12, 16 or 18.
    #[garde(inner(custom(known_age_rating)))]
    #[schemars(extend("enum" = [0, 6, 12, 16, 18, null]))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_rating: Option<u8>,
    /// Requirement to play it.
    #[garde(skip)]
    #[serde(default)]
    pub tier: Tier,
    /// Viewers' rating, 0 to 10.
    #[garde(range(min = 0.0, max = 10.0))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<f32>,
    /// Number of ratings by viewers.
    #[garde(range(max = 2_000_000_000))]
    #[serde(default)]
    pub votes: u32,
    /// Length in minutes.
    #[garde(range(min = 1, max = 60_000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_minutes: Option<u16>,
    /// Directors.
    #[garde(length(max = MAX_CREW), dive)]
    #[serde(default)]
    pub directors: Vec<PersonRecord>,
    /// Writers.
    #[garde(length(max = MAX_CREW), dive)]
    #[serde(default)]
    pub writers: Vec<PersonRecord>,
    /// Actors, in order.
    #[garde(length(max = MAX_CAST), dive)]
    #[serde(default)]
    pub cast: Vec<PersonRecord>,
    /// Synopsis by language.
    #[garde(dive)]
    #[serde(default)]
    pub synopsis: Synopsis,
    /// Name of the article in the English Wikipedia.
    #[garde(length(chars, min = 1, max = 500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wiki: Option<String>,
}

/// A draft states every field of a record.
impl From<FilmDraft> for FilmRecord {
    fn from(draft: FilmDraft) -> Self {
        Self {
            id: None,
            title: draft.title,
            title_ru: draft.title_ru,
            original_title: draft.original_title,
            year: draft.year,
            countries: draft.countries,
            genres: draft.genres,
            age_rating: draft.age_rating,
            tier: Some(draft.tier),
            rating: draft.rating,
            votes: Some(draft.votes),
            runtime_minutes: draft.runtime_minutes,
            directors: draft.directors,
            writers: draft.writers,
            cast: draft.cast,
            synopsis: Some(draft.synopsis),
            wiki: draft.wiki,
        }
    }
}

/// The film after the write.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FilmWritten {
    /// The film.
    pub film: FilmDetail,
}

/// `PUT /api/v1/films/{film_id}`
pub struct UpdateFilm;

impl Endpoint for UpdateFilm {
    const ID: &'static str = "update_film";
    const SUMMARY: &'static str = "Replaces a film, if it is still at the version the editor has read.";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/api/v1/films/{film_id}";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Permission(FILMS_WRITE);
    const LOCALIZATION: Localization = Localization::Response;
    const IDEMPOTENT: bool = false; // a retry meets a newer version
    const CONDITIONAL: bool = true;
    const MAX_BODY: usize = MAX_FILM_BODY;
    const ERRORS: &'static [&'static Code] =
        &[codes::FILM_NOT_FOUND, codes::FILM_CONFLICT, codes::CATALOGUE_READ_ONLY, codes::CATALOGUE_LOADING];
    type Path = FilmPath;
    type Query = Nothing;
    type Body = FilmUpdate;
    type Output = FilmWritten;
}

/// A replacement of a film.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FilmUpdate {
    /// `version` of the film that the editor has read.
    #[garde(range(max = crate::endpoint::MAX_SAFE_INTEGER))]
    pub version: u64,
    /// The new content.
    #[garde(dive)]
    pub film: FilmDraft,
}

/// `DELETE /api/v1/films/{film_id}`
pub struct DeleteFilm;

impl Endpoint for DeleteFilm {
    const ID: &'static str = "delete_film";
    const SUMMARY: &'static str = "Deletes a film, if it is still at the version the editor has read.";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/api/v1/films/{film_id}";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Permission(FILMS_WRITE);
    const CONDITIONAL: bool = true;
    const ERRORS: &'static [&'static Code] = &[
        codes::FILM_NOT_FOUND,
        codes::FILM_CONFLICT,
        codes::PRECONDITION_REQUIRED,
        codes::CATALOGUE_READ_ONLY,
        codes::CATALOGUE_LOADING,
    ];
    type Path = FilmPath;
    type Query = DeleteFilmQuery;
    type Body = Nothing;
    type Output = NoContent;
}

/// The version to delete: here, or by an entity tag in `If-Match`. One of them is required (428).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeleteFilmQuery {
    /// `version` of the film that the editor has read.
    #[garde(range(max = crate::endpoint::MAX_SAFE_INTEGER))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}
