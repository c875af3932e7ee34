//! The contracts of Marquee's services: typed endpoints, wire types and the catalogue of problem codes. No framework
//! lives here; the actix and reqwest adaptors are in `service-kit`.
//!
//! One [`Endpoint`] declaration is the only place that knows a route's verb, path, bodies, permissions, caching and
//! deadline. Servers mount it, clients call it, documents are assembled from it.

pub mod auth;
pub mod captcha;
pub mod challenge;
pub mod codes;
pub mod compatibility;
mod date;
pub mod documents;
pub mod endpoint;
pub mod error_format;
pub mod examples;
pub mod headers;
pub mod health;
pub mod ids;
pub mod json;
pub mod language;
pub mod movies;
pub mod operation;
pub mod paging;
pub mod problem;
#[rustfmt::skip]
pub mod published;
pub mod secret;
pub mod status;

pub use endpoint::{
    Auth, BodyFormat, Cache, CrossOrigin, Deprecation, Endpoint, EndpointInfo, Ignored, Localization, Method,
    NoContent, Nothing,
};
pub use language::{Language, Translated};
pub use paging::{Cursor, MAX_PAGE, MAX_PAGE_SIZE, PageSize};
pub use problem::{Code, FieldError, Problem};
pub use secret::Secret;
