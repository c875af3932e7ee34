//! The change feed: changes of the catalogue, in order.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::PageSize;
use crate::auth::permissions::FILMS_WRITE;
use crate::codes;
use crate::endpoint::{Auth, Endpoint, Method, Nothing};
use crate::ids::FilmId;
use crate::problem::Code;

/// `GET /api/v1/films/changes`
pub struct ListFilmChanges;

impl Endpoint for ListFilmChanges {
    const ID: &'static str = "list_film_changes";
    const SUMMARY: &'static str =
        "Films that changed after a point of the feed, in order; each film once, at its last change.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/v1/films/changes";
    const AUTH: Auth = Auth::Permission(FILMS_WRITE);
    const ERRORS: &'static [&'static Code] = &[codes::CATALOGUE_LOADING];
    type Path = Nothing;
    type Query = ListFilmChangesQuery;
    type Body = Nothing;
    type Output = ListFilmChangesResponse;
}

/// Start and size of a page of the feed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct ListFilmChangesQuery {
    /// `seq` of the last change already known; 0 for all.
    #[garde(range(max = crate::endpoint::MAX_SAFE_INTEGER))]
    pub since: u64,
    /// Items on one page.
    #[garde(dive)]
    pub page_size: PageSize,
}

/// One page of the feed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListFilmChangesResponse {
    /// The changes in order.
    pub items: Vec<FilmChange>,
    /// `since` of the next request.
    pub next_since: u64,
}

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FilmChange {
    /// Position in the feed; grows, with gaps.
    pub seq: u64,
    /// The film.
    pub film_id: FilmId,
    /// `true` for a deleted film.
    pub deleted: bool,
}
