//! Cross-origin requests by kind of endpoint: preflights, responses, errors, and origins that imitate a listed one.

use std::time::Duration;

use actix_web::web;
use contracts::codes;
use contracts::endpoint::{Auth, Cache, CrossOrigin, Endpoint, EndpointInfo, Method, NoContent, Nothing};
use contracts::published::CAPTCHA;
use reqwest::Method as Verb;
use service_kit::server::limits::{DefaultPolicy, LimitTable, Limits, LimitsConfig, Per};
use service_kit::server::pages::page;
use service_kit::server::{self, AllowedOrigins, RequestRules, RunningServer, ServerSettings};
use service_kit::testing::{TestClient, TestReply};
use service_kit::{ApiError, Readiness, Routes, Success};

const APP: &str = "https://tv.example.org";
const LIST: &str = "https://tv.example.org,http://127.0.0.1:8080";
const EXPOSED: &str =
    "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Degraded, WWW-Authenticate, Location";

macro_rules! endpoint {
    ($name:ident $id:literal $method:ident $path:literal $auth:expr, $kind:expr) => {
        struct $name;

        impl Endpoint for $name {
            const ID: &'static str = $id;
            const SUMMARY: &'static str = "An endpoint.";
            const METHOD: Method = Method::$method;
            const PATH: &'static str = $path;
            const AUTH: Auth = $auth;
            const CACHE: Cache = Cache::Public { max_age: 30 };
            const CROSS_ORIGIN: CrossOrigin = $kind;
            type Path = Nothing;
            type Query = Nothing;
            type Body = Nothing;
            type Output = NoContent;
        }
    };
}

endpoint! { ReadThing "read_thing" Get "/things" Auth::OptionalDegrading, CrossOrigin::of(Self::AUTH) }
endpoint! { WriteThing "write_thing" Post "/things" Auth::Required, CrossOrigin::of(Self::AUTH) }
endpoint! { LogIn "log_in" Post "/sessions" Auth::Public, CrossOrigin::of(Self::AUTH) }
endpoint! { GetKeys "get_keys" Get "/keys" Auth::Public, CrossOrigin::Any }
endpoint! { Ask "ask" Post "/ask" Auth::ServiceClient, CrossOrigin::of(Self::AUTH) }

const PAGE: EndpointInfo = page("show_page", Method::Get, "/account", Auth::Public);

async fn succeed<E: Endpoint<Output = NoContent>>() -> Result<Success<E>, ApiError> {
    Ok(Success::new(NoContent {}).with_etag())
}

async fn log_in() -> Result<Success<LogIn>, ApiError> {
    Err(ApiError::new(codes::UNAVAILABLE).retry_after(Duration::from_secs(1)))
}

async fn write_thing() -> Result<Success<WriteThing>, ApiError> {
    panic!("a panic")
}

static LIMITS: LimitTable = LimitTable {
    service: "test",
    endpoints: &[EndpointInfo::of::<ReadThing>(), EndpointInfo::of::<LogIn>()],
    accounts: &[],
    policies: &[
        DefaultPolicy::new("read", "2/1h", Per::Address, &[ReadThing::ID]),
        DefaultPolicy::new("sign-in", "2/1h", Per::Address, &[LogIn::ID]),
    ],
};

struct Service {
    client: TestClient,
    _server: RunningServer,
}

fn start(origins: &str) -> Service {
    start_with(origins, RequestRules::default())
}

fn start_with(origins: &str, rules: RequestRules) -> Service {
    let cors_origins = AllowedOrigins::parse(origins).expect("origins");
    let settings =
        ServerSettings { workers: 1, rules, cors_origins, ..ServerSettings::new(([127, 0, 0, 1], 0).into()) };
    let limits = Limits::new(&LimitsConfig::of(&LIMITS));
    let routes = move |app: &mut web::ServiceConfig| {
        Routes::new()
            .mount::<ReadThing, _, _>(succeed)
            .mount::<WriteThing, _, _>(write_thing)
            .mount::<LogIn, _, _>(log_in)
            .mount::<GetKeys, _, _>(succeed)
            .mount::<Ask, _, _>(succeed)
            .page(&PAGE, || async { "a page" })
            .documents("captcha", CAPTCHA)
            .limited(&limits)
            .configure(app);
    };
    let readiness = Readiness::builder("test", "1").build();
    let server = server::start(&settings, readiness, routes).expect("a free port");
    let client = TestClient::new(server.url()).without_contract();
    Service { client, _server: server }
}

impl Service {
    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> TestReply {
        let request = self.client.request(method.parse().expect("a method"), path);
        headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send().await
    }

    /// A preflight for `method`, as browsers send it.
    async fn ask(&self, origin: &str, method: &str, path: &str) -> TestReply {
        let asked = [("origin", origin), ("access-control-request-method", method)];
        let reply =
            self.send("OPTIONS", path, &[&asked[..], &[("access-control-request-headers", "x")]].concat()).await;
        assert_eq!((reply.status.as_u16(), reply.body.len()), (204, 0), "{method} {path}");
        assert!(reply.header("x-request-id").len() == 36);
        reply
    }
}

/// Value of `Access-Control-Allow-Origin`, after the checks that hold for every response.
fn allowed(reply: &TestReply) -> &str {
    assert!(!reply.headers.contains_key("access-control-allow-credentials"));
    assert!(reply.headers.get_all("access-control-allow-origin").iter().count() < 2);
    reply.header("access-control-allow-origin")
}

fn varies_by_origin(reply: &TestReply) -> bool {
    reply.headers.get_all("vary").iter().any(|value| value.to_str().is_ok_and(|value| value.contains("Origin")))
}

#[actix_web::test]
async fn a_public_endpoint_is_readable_by_every_origin() {
    let service = start("");
    for path in ["/keys", "/openapi.json", "/schemas/codes.json", "/docs/captcha/openapi.json"] {
        for headers in [&[][..], &[("origin", APP)], &[("origin", "null"), ("authorization", "Bearer x")]] {
            let reply = service.send("GET", path, headers).await;
            assert_eq!((reply.status.as_u16(), allowed(&reply)), (200, "*"), "{path}");
            assert_eq!(reply.header("access-control-expose-headers"), EXPOSED);
            assert!(!varies_by_origin(&reply), "shared caches keep one copy: {path}");
        }
    }
    let tag = service.send("GET", "/keys", &[]).await.header("etag").to_owned();
    let unchanged = service.send("GET", "/keys", &[("origin", APP), ("if-none-match", &tag)]).await;
    assert_eq!((unchanged.status.as_u16(), allowed(&unchanged)), (304, "*"));
}

#[actix_web::test]
async fn an_anonymous_read_is_public_and_one_with_a_token_is_for_listed_origins() {
    let service = start(LIST);
    let anonymous = service.send("GET", "/things", &[("origin", "https://other.example")]).await;
    assert_eq!((allowed(&anonymous), varies_by_origin(&anonymous)), ("*", false));
    let service = start(LIST);
    for (origin, expected) in [(APP, APP), ("https://other.example", "")] {
        let headers = [("origin", origin), ("authorization", "Bearer x")];
        let reply = service.send("GET", "/things", &headers).await;
        assert_eq!((reply.status.as_u16(), allowed(&reply)), (200, expected));
        assert!(varies_by_origin(&reply));
    }
}

#[actix_web::test]
async fn a_preflight_permits_what_the_origin_may_do_at_this_path() {
    let service = start(LIST);
    let reply = service.ask(APP, "POST", "/things").await;
    assert_eq!(allowed(&reply), APP);
    assert_eq!(reply.header("access-control-allow-methods"), "GET, HEAD, POST");
    let headers = "authorization, content-type, accept-language, if-match, if-none-match, prefer, traceparent, \
                   x-device-id, x-request-id";
    assert_eq!(reply.header("access-control-allow-headers"), headers);
    assert_eq!(reply.header("access-control-max-age"), "7200");
    assert!(varies_by_origin(&reply));

    let reply = service.ask("https://other.example", "HEAD", "/things").await;
    assert_eq!((allowed(&reply), reply.header("access-control-allow-methods")), ("*", "GET, HEAD"));
    let headers = reply.header("access-control-allow-headers");
    assert!(headers.contains("if-none-match") && !headers.contains("authorization"), "{headers}");
}

#[actix_web::test]
async fn a_refused_preflight_has_none_of_the_fields() {
    let service = start(LIST);
    for (origin, method, path) in [
        ("https://other.example", "POST", "/things"),
        ("https://other.example", "POST", "/sessions"),
        (APP, "DELETE", "/sessions"),
        (APP, "post", "/sessions"),
        (APP, "POST", "/ask"),
        (APP, "GET", "/account"),
        (APP, "GET", "/livez"),
        (APP, "GET", "/docs"),
    ] {
        let reply = service.ask(origin, method, path).await;
        let fields = reply.headers.keys().filter(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(fields.count(), 0, "{origin} {method} {path}");
    }
}

#[actix_web::test]
async fn no_origin_but_a_listed_one_is_permitted_however_alike() {
    let service = start(LIST);
    assert_eq!(allowed(&service.ask(APP, "POST", "/sessions").await), APP);
    for origin in [
        "null",
        "*",
        "",
        "https://TV.example.org",
        "HTTPS://tv.example.org",
        "http://tv.example.org",
        "https://tv.example.org/",
        "https://tv.example.org:443",
        "https://tv.example.org:8443",
        "https://tv.example.org.",
        "https://tv.example.org.evil.test",
        "https://eviltv.example.org",
        "https://evil.test/https://tv.example.org",
        "https://a.tv.example.org",
        "https://example.org",
        "https://tv.example.org,https://evil.test",
        "https://tv.example.org https://evil.test",
        "https://tv.example.org@evil.test",
        "https://tv-example.org",
        "http://127.0.0.1",
        "http://127.0.0.1:80801",
    ] {
        let preflight = service.ask(origin, "POST", "/sessions").await;
        let reply = service.send("POST", "/nowhere", &[("origin", origin)]).await;
        assert_eq!((allowed(&preflight), allowed(&reply)), ("", ""), "{origin}");
        assert!(varies_by_origin(&preflight) && varies_by_origin(&reply), "{origin}");
    }
    let two = service.send("POST", "/nowhere", &[("origin", APP), ("origin", "https://evil.test")]).await;
    assert_eq!(allowed(&two), "");
}

#[actix_web::test]
async fn the_opaque_origin_is_permitted_where_it_is_listed() {
    assert_eq!(allowed(&start("null").ask("null", "POST", "/sessions").await), "null");
    assert_eq!(allowed(&start(LIST).ask("null", "POST", "/sessions").await), "");
}

#[actix_web::test]
async fn errors_have_the_fields_too() {
    let service = start(LIST);
    let app = ("origin", APP);
    for _ in 0..2 {
        let reply = service.send("POST", "/sessions", &[app]).await;
        reply.assert_problem(503, "server.unavailable");
        assert_eq!((allowed(&reply), reply.header("access-control-expose-headers")), (APP, EXPOSED));
    }
    for (method, path, status, code) in [
        ("POST", "/sessions", 429, "request.rate_limited"),
        ("POST", "/things", 500, "server.internal"),
        ("GET", "/nowhere", 404, "request.no_such_route"),
        ("PUT", "/sessions", 405, "request.method_not_allowed"),
        ("OPTIONS", "/sessions", 405, "request.method_not_allowed"),
    ] {
        let reply = service.send(method, path, &[app]).await;
        reply.assert_problem(status, code);
        assert_eq!((allowed(&reply), varies_by_origin(&reply)), (APP, true), "{method} {path}");
        let reply = service.send(method, path, &[("origin", "https://evil.test")]).await;
        assert_eq!(allowed(&reply), "", "{method} {path}");
    }
}

#[actix_web::test]
async fn endpoints_of_services_operators_and_pages_are_readable_by_no_origin() {
    let service = start(LIST);
    for (method, path) in [
        ("POST", "/ask"),
        ("GET", "/ask"),
        ("GET", "/account"),
        ("GET", "/livez"),
        ("GET", "/metrics"),
        ("GET", "/docs"),
    ] {
        let reply = service.send(method, path, &[("origin", APP)]).await;
        assert_eq!((allowed(&reply), varies_by_origin(&reply)), ("", false), "{method} {path}");
    }
    let metrics = [("origin", APP), ("access-control-request-method", "GET")];
    assert_eq!(allowed(&service.send("OPTIONS", "/metrics", &metrics).await), "");
}

#[actix_web::test]
async fn without_a_list_responses_do_not_vary_by_origin() {
    let service = start("");
    let reply = service.send("POST", "/sessions", &[("origin", APP)]).await;
    assert_eq!((allowed(&reply), varies_by_origin(&reply)), ("", false));
}

#[actix_web::test]
async fn preflights_spend_no_limit_and_need_no_request_id() {
    let service = start_with(LIST, RequestRules { require_request_id: true, ..RequestRules::default() });
    for _ in 0..5 {
        assert_eq!(allowed(&service.ask(APP, "POST", "/sessions").await), APP);
    }
    let reply = service.send("POST", "/sessions", &[("origin", APP), ("x-request-id", "a")]).await;
    reply.assert_problem(503, "server.unavailable");
    let reply = service.send("POST", "/sessions", &[("origin", APP)]).await;
    reply.assert_problem(400, "request.id_missing");
    assert_eq!(allowed(&reply), APP);
}

#[actix_web::test]
async fn preflights_are_counted_by_route_and_result_and_unknown_paths_stay_404() {
    let service = start(LIST);
    service.ask(APP, "POST", "/sessions").await;
    service.ask("https://preflight-canary.test", "CANARY", "/sessions").await;
    let unknown = [("origin", APP), ("access-control-request-method", "GET")];
    service.send("OPTIONS", "/preflight-canary", &unknown).await.assert_problem(404, "request.no_such_route");
    let text = service.client.request(Verb::GET, "/metrics").send().await.text();
    let has = |parts: &[&str]| text.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    let labels = ["http_request_method=\"OPTIONS\"", "http_response_status_code=\"204\"", "http_route=\"/sessions\""];
    assert!(has(&labels), "{text}");
    for result in ["allowed", "refused"] {
        assert!(has(&["http_server_preflights_total{", &format!("result=\"{result}\"")]), "{text}");
    }
    assert!(!text.to_lowercase().contains("canary"), "{text}");
}
