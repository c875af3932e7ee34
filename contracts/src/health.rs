//! Health, the same in every service. Only hard dependencies count: an unavailable neighbour never takes a service out
//! of rotation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::endpoint::{Auth, CrossOrigin, Endpoint, Method, Nothing};
use crate::examples::{Example, Examples, world};
use crate::operation::registry;
use crate::problem::Code;

registry! {
    /// The endpoints that `service-kit` adds to every service.
    GetLivez,
    GetReadyz,
}

/// `GET /livez`
pub struct GetLivez;

impl Endpoint for GetLivez {
    const ID: &'static str = "get_livez";
    const SUMMARY: &'static str = "Liveness of the process. Restart it when this does not answer.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/livez";
    const AUTH: Auth = Auth::Public;
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Denied;
    const LIMITED: bool = false;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = HealthResponse;
}

/// `GET /readyz`
pub struct GetReadyz;

impl Endpoint for GetReadyz {
    const ID: &'static str = "get_readyz";
    const SUMMARY: &'static str = "Readiness for requests. 503 while it starts, drains, or lacks a hard dependency.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/readyz";
    const AUTH: Auth = Auth::Public;
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::Denied;
    const LIMITED: bool = false;
    const ERRORS: &'static [&'static Code] = &[codes::UNAVAILABLE, codes::SHUTTING_DOWN];
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Output = HealthResponse;
}

/// A passing check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthResponse {
    /// `pass`.
    pub status: String,
    /// Name of the service.
    pub service: String,
    /// Its version.
    pub version: String,
}

fn passing() -> HealthResponse {
    HealthResponse { status: "pass".to_owned(), service: "movies-api".to_owned(), version: world::VERSION.to_owned() }
}

impl Examples for GetLivez {
    fn example() -> Example<Self> {
        Example::new("alive", "The process is alive", passing())
    }
}

impl Examples for GetReadyz {
    fn example() -> Example<Self> {
        Example::new("ready", "The service takes requests", passing())
    }
}
