//! Endpoint declarations: one declaration drives routing, clients and documents.

use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::problem::Code;

/// The largest integer that every JSON reader keeps exact, 2^53 - 1 (RFC 8259 §6).
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// HTTP verbs that our endpoints use (RFC 9110 §9, RFC 5789).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the verbs explain themselves")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The verb as it stands on the request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Required authentication, and behaviour while it cannot be checked. Fail-open or fail-closed is part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// Tokens are ignored.
    Public,
    /// A token is optional; while auth-service cannot check it, the response is that of an anonymous caller and marked
    /// so.
    OptionalDegrading,
    /// A valid access token; 503 while it cannot be checked.
    Required,
    /// A valid access token whose roles have this permission; 503 while it cannot be checked.
    Permission(&'static str),
    /// A registered service by HTTP Basic (RFC 6749 §2.3.1).
    ServiceClient,
}

/// Caching of a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    /// Never stored.
    NoStore,
    /// The caller's own cache may store it and must revalidate by ETag.
    Private,
    /// Shared caches may store an anonymous response this long; a personal one is [`Cache::Private`].
    Public {
        /// Freshness of an anonymous response in seconds.
        max_age: u32,
    },
}

/// Origins whose scripts may read responses in a browser (Fetch, §3.2 "CORS protocol"). Never with credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrossOrigin {
    /// All of them: the response is public.
    Any,
    /// All of them while the request carries no `Authorization`, otherwise those that the operator lists.
    AnyAnonymous,
    /// Those that the operator lists.
    Listed,
    /// None.
    Denied,
}

impl CrossOrigin {
    /// Default of an endpoint with this authentication.
    pub const fn of(auth: Auth) -> Self {
        match auth {
            Auth::OptionalDegrading => Self::AnyAnonymous,
            Auth::Public | Auth::Required | Auth::Permission(_) => Self::Listed,
            Auth::ServiceClient => Self::Denied,
        }
    }
}

/// Use of header `Accept-Language` (RFC 9110 §12.5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Localization {
    /// Ignored.
    None,
    /// Language of a success, which names it in `Content-Language`.
    Response,
    /// Language of a mail to the owner of the account.
    Mail,
}

/// Announced end of an endpoint, in headers `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) of all its responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecation {
    /// Start of the deprecation, seconds since 1970.
    pub since: i64,
    /// End of the endpoint, seconds since 1970.
    pub sunset: i64,
}

/// Format of a request body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFormat {
    /// There is none.
    None,
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`, where a standard (RFC 7662) asks for it.
    Form,
    /// Either of the two or `multipart/form-data`, by content type, or no body where everything is in the query; our
    /// own clients send JSON.
    FormOrJson,
}

/// A header of responses that belongs to one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseHeader {
    /// Name in `components` of documents.
    pub component: &'static str,
    /// Name on the wire.
    pub field: &'static str,
    /// One sentence for documents.
    pub description: &'static str,
    /// A value.
    pub example: &'static str,
}

/// One operation of one service.
///
/// `Path`, `Query` and `Body` are [`Nothing`] where there is none. Input types refuse unknown fields and check
/// themselves with `garde`; their JSON Schema is derived from the same attributes. Lengths of texts count characters,
/// as JSON Schema does. Output types stay open: clients
/// ignore fields they do not know.
pub trait Endpoint: Send + Sync + 'static {
    /// Operation id, `verb_noun`; never reused.
    const ID: &'static str;
    /// One sentence for documents.
    const SUMMARY: &'static str;
    /// The verb.
    const METHOD: Method;
    /// Path template, parameters in braces: `/api/v1/films/{film_id}`.
    const PATH: &'static str;
    /// Status of a success.
    const SUCCESS: u16 = 200;
    /// Format of the request body.
    const BODY: BodyFormat = BodyFormat::None;
    /// Required authentication.
    const AUTH: Auth;
    /// Caching of a success.
    const CACHE: Cache = Cache::NoStore;
    /// Origins whose scripts may read responses in a browser.
    const CROSS_ORIGIN: CrossOrigin = CrossOrigin::of(Self::AUTH);
    /// `true` when a repeated call is harmless, so that a client may retry it once.
    const IDEMPOTENT: bool = matches!(Self::METHOD, Method::Get | Method::Put | Method::Delete);
    /// `true` when a write checks `If-Match` and `If-None-Match` against the entity tags of its resource itself.
    /// Otherwise the server rejects preconditions that cannot be known to hold (RFC 9110 §13.2).
    const CONDITIONAL: bool = false;
    /// Use of `Accept-Language`.
    const LOCALIZATION: Localization = Localization::None;
    /// `true` when a success names the new resource in header `Location`.
    const LOCATION: bool = false;
    /// Headers that each success has, beside those that follow from the other constants.
    const HEADERS: &'static [ResponseHeader] = &[];
    /// `true` when rate limits apply, so that responses may carry `RateLimit` and `RateLimit-Policy`.
    const LIMITED: bool = true;
    /// Announced end, if any.
    const DEPRECATION: Option<Deprecation> = None;
    /// Default time budget of one call.
    const DEADLINE: Duration = Duration::from_millis(2000);
    /// Largest accepted request body in bytes.
    const MAX_BODY: usize = 64 * 1024;
    /// Problem codes that this endpoint may answer beside [`codes::EVERYWHERE`](crate::codes::EVERYWHERE) and those
    /// that follow from [`Self::AUTH`]. The server turns any other code into a 500 and logs a broken contract.
    const ERRORS: &'static [&'static Code] = &[];

    /// Path parameters by name.
    type Path: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
    /// Query parameters by name.
    type Query: Serialize + DeserializeOwned + JsonSchema + Validate<Context = ()> + Send + 'static;
    /// Request body.
    type Body: Serialize + DeserializeOwned + JsonSchema + Validate<Context = ()> + Send + 'static;
    /// Body of a success.
    type Output: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
}

/// An endpoint without its types, for registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointInfo {
    /// [`Endpoint::ID`].
    pub id: &'static str,
    /// [`Endpoint::SUMMARY`].
    pub summary: &'static str,
    /// [`Endpoint::METHOD`].
    pub method: Method,
    /// [`Endpoint::PATH`].
    pub path: &'static str,
    /// [`Endpoint::SUCCESS`].
    pub success: u16,
    /// [`Endpoint::AUTH`].
    pub auth: Auth,
    /// [`Endpoint::CACHE`].
    pub cache: Cache,
    /// [`Endpoint::CROSS_ORIGIN`].
    pub cross_origin: CrossOrigin,
    /// [`Endpoint::LOCALIZATION`].
    pub localization: Localization,
    /// [`Endpoint::LOCATION`].
    pub location: bool,
    /// [`Endpoint::HEADERS`].
    pub headers: &'static [ResponseHeader],
    /// [`Endpoint::LIMITED`].
    pub limited: bool,
    /// [`Endpoint::DEPRECATION`].
    pub deprecation: Option<Deprecation>,
    /// [`Endpoint::ERRORS`].
    pub errors: &'static [&'static Code],
}

impl EndpointInfo {
    /// The constants of `E`.
    pub const fn of<E: Endpoint>() -> Self {
        Self {
            id: E::ID,
            summary: E::SUMMARY,
            method: E::METHOD,
            path: E::PATH,
            success: E::SUCCESS,
            auth: E::AUTH,
            cache: E::CACHE,
            cross_origin: E::CROSS_ORIGIN,
            localization: E::LOCALIZATION,
            location: E::LOCATION,
            headers: E::HEADERS,
            limited: E::LIMITED,
            deprecation: E::DEPRECATION,
            errors: E::ERRORS,
        }
    }

    /// `true` when a success of a read has an entity tag.
    pub fn has_entity_tag(&self) -> bool {
        self.cache != Cache::NoStore
    }
}

/// No path parameters, no query or no body. As a query or body only an empty one is valid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// An ignored query, for endpoints of standards that require servers to ignore unknown parameters (RFC 6749 §3.1) and
/// whose documents are fetched by clients of all kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
pub struct Ignored {}

/// The output of an endpoint that answers 204.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoContent {}
