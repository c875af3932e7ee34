//! Pages beside endpoints: their errors are pages, whichever layer detects them.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use contracts::codes;
use contracts::endpoint::{Auth, EndpointInfo, Method};
use service_kit::server::limits::{DefaultPolicy, LimitTable, Limits, LimitsConfig, Per};
use service_kit::server::pages::{ErrorContext, ErrorPages, RequestHead, page, read_form};
use service_kit::server::{self, RunningServer, ServerSettings};
use service_kit::testing::{TestClient, TestReply};
use service_kit::{ApiError, Readiness, Routes};

const SHOW: EndpointInfo = page("show", Method::Get, "/pages/{way}", Auth::Public);
const HOME: EndpointInfo = page("home", Method::Get, "/pages/home", Auth::Public);
const SEND: EndpointInfo = page("send", Method::Post, "/pages/form", Auth::Public);

static LIMITS: LimitTable = LimitTable {
    service: "pages",
    endpoints: &[SHOW, HOME, SEND],
    accounts: &[],
    policies: &[DefaultPolicy::new("few", "3/1h", Per::Address, &["show", "home", "send"])],
};

async fn show(way: web::Path<String>) -> Result<HttpResponse, ApiError> {
    match way.as_str() {
        "panic" => panic!("the secret reason"),
        "busy" => Err(ApiError::new(codes::UNAVAILABLE).retry_after(Duration::from_millis(1200))),
        "undeclared" => Err(ApiError::new(codes::LAST_ADMIN)),
        "own" => Ok(HttpResponse::NotFound().content_type("text/html; charset=utf-8").body("our own")),
        _ => Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body("fine")),
    }
}

async fn home() -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body("home")
}

async fn send(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, ApiError> {
    let fields: Vec<(String, String)> = read_form(&request, payload.into_inner(), 32).await?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(format!("{fields:?}")))
}

fn write(head: &RequestHead, error: &ErrorContext<'_>) -> HttpResponse {
    let (path, code, after) = (head.uri.path(), error.code.code, error.retry_after);
    let text = format!("{path} {code} {after:?} {}", error.request_id);
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(text)
}

fn start(limits: &LimitsConfig) -> (RunningServer, TestClient) {
    let limits = Limits::new(limits);
    let settings = ServerSettings { workers: 1, ..ServerSettings::new(([127, 0, 0, 1], 0).into()) };
    let readiness = Readiness::builder("test", "1").build();
    let routes = move |app: &mut web::ServiceConfig| {
        let routes = Routes::new().page(&SHOW, show).page(&HOME, home).page(&SEND, send);
        routes.error_pages(ErrorPages { under: "/pages", write }).limited(&limits).configure(app);
    };
    let server = server::start(&settings, readiness, routes).expect("a free port");
    let client = TestClient::new(server.url());
    (server, client)
}

#[track_caller]
fn assert_page(reply: &TestReply, status: u16, text: &str) {
    assert_eq!(reply.status.as_u16(), status, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    assert!(reply.text().contains(text) && !reply.text().contains("secret"), "{}", reply.text());
    assert!(!reply.header("x-request-id").is_empty());
}

#[actix_web::test]
async fn every_error_of_a_page_is_a_page() {
    let (_server, client) = start(&LimitsConfig::of(&LIMITS).off());
    assert_page(&client.get("/pages/fine").send().await, 200, "fine");
    assert_page(&client.get("/pages/own").send().await, 404, "our own");
    assert_page(&client.get("/pages/panic").send().await, 500, "/pages/panic server.internal");
    assert_page(&client.get("/pages/undeclared").send().await, 409, "auth.last_admin");
    assert_page(&client.get("/pages/no/such").send().await, 404, "request.no_such_route");
    assert_page(&client.get("/pages").send().await, 404, "request.no_such_route");
    let busy = client.get("/pages/busy").header("x-request-id", "abc").send().await;
    assert_page(&busy, 503, "server.unavailable Some(1.2s) abc");
    assert_eq!(busy.header("retry-after"), "2");
    let verb = client.put("/pages/fine").send().await;
    assert_page(&verb, 405, "request.method_not_allowed");
    assert_eq!(verb.header("allow"), "GET, HEAD");
}

#[actix_web::test]
async fn a_trailing_slash_redirects_to_the_page() {
    let (_server, client) = start(&LimitsConfig::of(&LIMITS).off());
    let reply = client.get("/pages/home/?lang=ru&x=%2F").send().await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (308, "/pages/home?lang=ru&x=%2F"));
    let head = client.request(reqwest::Method::HEAD, "/pages/home/").send().await;
    assert_eq!((head.status.as_u16(), head.header("location")), (308, "/pages/home"));
    assert_page(&client.post("/pages/home/").send().await, 404, "request.no_such_route");
    for path in ["/pages/home//", "//pages/home/", "/pages/none/at/all/", "/livez/"] {
        assert_eq!(client.get(path).send().await.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn a_path_that_only_starts_like_a_page_is_no_page() {
    let (_server, client) = start(&LimitsConfig::of(&LIMITS).off());
    client.get("/pagesfoo").send().await.assert_problem(404, "request.no_such_route");
    client.get("/").send().await.assert_problem(404, "request.no_such_route");
}

#[actix_web::test]
async fn pages_have_limits_like_endpoints_and_reject_with_a_page() {
    let (_server, client) = start(&LimitsConfig::of(&LIMITS));
    for _ in 0..3 {
        assert_page(&client.get("/pages/fine").send().await, 200, "fine");
    }
    let refused = client.post("/pages/form").form(&[("a", "b")]).send().await;
    assert_page(&refused, 429, "request.rate_limited");
    assert!(refused.header("retry-after").parse::<u32>().expect("seconds") > 0);
}

#[actix_web::test]
async fn forms_are_read_up_to_their_bound() {
    let (_server, client) = start(&LimitsConfig::of(&LIMITS).off());
    let form = |body: &str| client.post("/pages/form").body("application/x-www-form-urlencoded; charset=utf-8", body);
    assert_page(&form("a=b+c&%C3%A9=%26").send().await, 200, "[(\"a\", \"b c\"), (\"é\", \"&\")]");
    assert_page(&form(&"a".repeat(33)).send().await, 413, "request.body_too_large");
    assert_page(&client.post("/pages/form").body("text/plain", "a=b").send().await, 415, "unsupported_media_type");
    let broken = client.post("/pages/form").body("application/x-www-form-urlencoded", vec![b'a', b'=', 0xff]);
    assert_page(&broken.send().await, 400, "request.malformed_form");
}
