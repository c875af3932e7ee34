//! A service with one endpoint of each kind.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use contracts::endpoint::{Auth, BodyFormat, Cache, Endpoint, EndpointInfo, Ignored, Method, NoContent, Nothing};
use contracts::problem::Code;
use contracts::{Deprecation, PageSize, codes};
use futures_util::future::LocalBoxFuture;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use service_kit::server::RequestRules;
use service_kit::server::limits::{DefaultPolicy, LimitTable, Limits, LimitsConfig, Per};
use service_kit::server::{self, ConnectionLimits, RunningServer, ServerSettings};
use service_kit::testing::TestClient;
use service_kit::{ApiError, Input, Readiness, RequestId, Routes, SubjectLimits, Success};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Returns its body.
pub struct Echo;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EchoBody {
    #[garde(length(chars, min = 2, max = 10))]
    pub name: String,
    #[garde(dive)]
    #[serde(default)]
    pub inner: Vec<EchoInner>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EchoInner {
    #[garde(range(max = 9))]
    pub digit: u32,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct EchoQuery {
    #[garde(dive)]
    pub page_size: PageSize,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EchoPath {
    pub id: uuid::Uuid,
}

impl Endpoint for Echo {
    const ID: &'static str = "echo";
    const SUMMARY: &'static str = "Answers what it was given.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/echo/{id}";
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Public;
    type Path = EchoPath;
    type Query = EchoQuery;
    type Body = EchoBody;
    type Output = EchoBody;
}

/// Fails in the way given by the path.
pub struct GoWrong;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GoWrongPath {
    pub way: String,
}

impl Endpoint for GoWrong {
    const ID: &'static str = "go_wrong";
    const SUMMARY: &'static str = "Goes wrong.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/wrong/{way}";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Public;
    const ERRORS: &'static [&'static Code] = &[codes::FILM_CONFLICT];
    type Path = GoWrongPath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}

/// Reads something with an entity tag; accepts any query.
pub struct Read;

impl Endpoint for Read {
    const ID: &'static str = "read";
    const SUMMARY: &'static str = "Reads something.";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/read";
    const AUTH: Auth = Auth::Public;
    const CACHE: Cache = Cache::Private;
    type Path = Nothing;
    type Query = Ignored;
    type Body = Nothing;
    type Output = NoContent;
}

async fn read() -> Result<Success<Read>, ApiError> {
    Ok(Success::new(NoContent {}).with_etag())
}

/// Requires a permission; reads neither query nor body.
pub struct Guarded;

impl Endpoint for Guarded {
    const ID: &'static str = "guarded";
    const SUMMARY: &'static str = "Takes a permission.";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/wrong/{way}";
    const SUCCESS: u16 = 204;
    const AUTH: Auth = Auth::Required;
    type Path = GoWrongPath;
    type Query = Nothing;
    type Body = Nothing;
    type Output = NoContent;
}

/// The same with a body.
pub struct GuardedBody;

impl Endpoint for GuardedBody {
    const ID: &'static str = "guarded_body";
    const SUMMARY: &'static str = "Takes a permission and a body.";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/guarded/{id}";
    const SUCCESS: u16 = 204;
    const BODY: BodyFormat = BodyFormat::Json;
    const AUTH: Auth = Auth::Required;
    const DEPRECATION: Option<Deprecation> = Some(Deprecation { since: 1_798_761_600, sunset: 1_830_297_599 });
    type Path = EchoPath;
    type Query = EchoQuery;
    type Body = EchoBody;
    type Output = NoContent;
}

/// A permission that takes a while to check, as over a network.
struct Permission;

impl FromRequest for Permission {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let allowed = request.headers().contains_key("authorization");
        Box::pin(async move {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            if allowed { Ok(Self) } else { Err(ApiError::new(codes::TOKEN_MISSING)) }
        })
    }
}

async fn guarded(_permission: Permission) -> Result<Success<Guarded>, ApiError> {
    Ok(Success::new(NoContent {}))
}

async fn guarded_body(_permission: Permission, _input: Input<GuardedBody>) -> Result<Success<GuardedBody>, ApiError> {
    Ok(Success::new(NoContent {}))
}

/// Counts the name as an account; `right` is no guess.
async fn echo(limits: SubjectLimits, input: Input<Echo>) -> Result<Success<Echo>, ApiError> {
    let guess = limits.account(&input.body.name).await?;
    if input.body.name == "right" {
        guess.refund().await;
    }
    Ok(Success::new(input.body).with_etag())
}

/// `true` once a request hangs.
pub static HANGING: AtomicBool = AtomicBool::new(false);

async fn go_wrong(_id: RequestId, input: Input<GoWrong>) -> Result<Success<GoWrong>, ApiError> {
    match input.path.way.as_str() {
        "panic" => panic!("the secret reason"),
        "internal" => Err(ApiError::internal("the secret reason")),
        "declared" => Err(ApiError::new(codes::FILM_CONFLICT).detail("reason")),
        "undeclared" => Err(ApiError::new(codes::LAST_ADMIN)),
        "hang" => {
            HANGING.store(true, Ordering::Relaxed);
            std::future::pending().await
        }
        "busy" => Err(ApiError::new(codes::UNAVAILABLE).retry_after(Duration::from_millis(1200))),
        _ => Ok(Success::new(NoContent {})),
    }
}

/// Default limits of the service.
pub static LIMITS: LimitTable = LimitTable {
    service: "test",
    endpoints: &[EndpointInfo::of::<Echo>(), EndpointInfo::of::<GoWrong>(), EndpointInfo::of::<Read>()],
    accounts: &[Echo::ID],
    policies: &[
        DefaultPolicy::new("all", "1000/1s", Per::Address, &[Echo::ID, GoWrong::ID, Read::ID]),
        DefaultPolicy::new("guess", "1000/1s", Per::Account, &[Echo::ID]).closed_when_full(),
    ],
};

/// The running service; stops with the test's runtime.
pub struct Service {
    pub server: RunningServer,
    pub client: TestClient,
}

/// Starts the service on a free port.
pub fn start() -> Service {
    start_limited(&LimitsConfig::of(&LIMITS).off())
}

/// Starts the service with limits.
pub fn start_limited(limits: &LimitsConfig) -> Service {
    start_all(limits, RequestRules::default())
}

/// Starts the service with rules for requests.
pub fn start_with(rules: RequestRules) -> Service {
    start_all(&LimitsConfig::of(&LIMITS).off(), rules)
}

/// Starts the service with bounds on its connections.
pub fn start_bounded(connections: ConnectionLimits) -> Service {
    let settings = ServerSettings { workers: 1, connections, ..ServerSettings::new(([127, 0, 0, 1], 0).into()) };
    start_as(&LimitsConfig::of(&LIMITS).off(), &settings, always_ready())
}

/// Starts the service with this much time between the request to stop and the stop.
pub fn start_draining(shutdown_delay: Duration) -> Service {
    let settings = ServerSettings { workers: 1, shutdown_delay, ..ServerSettings::new(([127, 0, 0, 1], 0).into()) };
    start_as(&LimitsConfig::of(&LIMITS).off(), &settings, always_ready())
}

/// Starts the service, which is ready once `ready` holds and does not listen before.
pub fn start_late(ready: Arc<AtomicBool>, start_delay: Duration) -> Service {
    start_late_at(([127, 0, 0, 1], 0).into(), ready, start_delay)
}

/// The same at this address.
pub fn start_late_at(listen: SocketAddr, ready: Arc<AtomicBool>, start_delay: Duration) -> Service {
    let settings = ServerSettings { workers: 1, start_delay, ..ServerSettings::new(listen) };
    let check =
        move || std::future::ready(if ready.load(Ordering::Relaxed) { Ok(()) } else { Err("not there".into()) });
    let readiness = Readiness::builder("test", "1").check("there", check).build();
    start_as(&LimitsConfig::of(&LIMITS).off(), &settings, readiness)
}

fn always_ready() -> Readiness {
    Readiness::builder("test", "1").check("always", || async { Ok(()) }).build()
}

fn start_all(limits: &LimitsConfig, rules: RequestRules) -> Service {
    let settings = ServerSettings { workers: 1, rules, ..ServerSettings::new(([127, 0, 0, 1], 0).into()) };
    start_as(limits, &settings, always_ready())
}

fn start_as(limits: &LimitsConfig, settings: &ServerSettings, readiness: Readiness) -> Service {
    let limits = Limits::new(limits);
    let routes = move |app: &mut actix_web::web::ServiceConfig| {
        let routes = Routes::new().mount::<Echo, _, _>(echo).mount::<GoWrong, _, _>(go_wrong);
        let routes =
            routes.mount::<Read, _, _>(read).mount::<Guarded, _, _>(guarded).mount::<GuardedBody, _, _>(guarded_body);
        routes.limited(&limits).configure(app);
    };
    let server = server::start(settings, readiness, routes).expect("a free port");
    let client = TestClient::new(server.url());
    Service { server, client }
}
