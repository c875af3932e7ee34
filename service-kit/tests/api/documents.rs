//! Published documents as a service serves them.

use actix_web::web;
use contracts::published::{CAPTCHA, CODES};
use reqwest::Method;
use service_kit::server::{self, RunningServer, ServerSettings};
use service_kit::testing::TestClient;
use service_kit::{Readiness, Routes};

fn start() -> (RunningServer, TestClient) {
    let settings = ServerSettings { workers: 1, ..ServerSettings::new(([127, 0, 0, 1], 0).into()) };
    let readiness = Readiness::builder("test", "1").build();
    let routes = |app: &mut web::ServiceConfig| Routes::new().documents("captcha", CAPTCHA).configure(app);
    let server = server::start(&settings, readiness, routes).expect("a free port");
    let client = TestClient::new(server.url());
    (server, client)
}

#[actix_web::test]
async fn every_document_is_served_byte_by_byte() {
    let (_server, client) = start();
    for (name, text) in CAPTCHA.iter().chain([&CODES]) {
        let path = if *name == "openapi.json" { "/openapi.json".to_owned() } else { format!("/schemas/{name}") };
        let reply = client.get(&path).send().await;
        assert_eq!(reply.status.as_u16(), 200, "{path}");
        assert!(reply.text() == *text, "{path}");
        let media_type = if name.ends_with(".schema.json") { "application/schema+json" } else { "application/json" };
        assert_eq!(reply.header("content-type"), media_type, "{path}");
        assert_eq!(reply.header("cache-control"), "public, max-age=300");
    }
}

#[actix_web::test]
async fn a_client_that_has_a_document_gets_304() {
    let (_server, client) = start();
    let tag = client.get("/openapi.json").send().await.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 40, "a strong tag: {tag}");
    for (if_none_match, status) in [
        (tag.clone(), 304),
        (format!("\"other\", {tag}"), 304),
        (format!("W/{tag}"), 304),
        ("*".to_owned(), 304),
        ("\"other\"".to_owned(), 200),
        ("not a tag".to_owned(), 200),
    ] {
        let reply = client.get("/openapi.json").header("if-none-match", &if_none_match).send().await;
        assert_eq!(reply.status.as_u16(), status, "{if_none_match}");
        assert_eq!(reply.header("etag"), tag);
        assert_eq!(reply.text().is_empty(), status == 304);
    }
}

#[actix_web::test]
async fn a_document_has_one_form_whatever_the_client_accepts() {
    let (_server, client) = start();
    for accept in ["text/plain", "application/yaml", "application/json;q=0", "nonsense"] {
        // As on every route (RFC 9110 §12.5.1 allows it): a client that reads no JSON has no use for another status either.
        let reply = client.get("/openapi.json").header("accept", accept).send().await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "application/json"), "{accept}");
    }
}

#[actix_web::test]
async fn head_answers_as_get_without_the_body() {
    let (_server, client) = start();
    for path in ["/openapi.json", "/schemas/codes.json", "/docs/captcha/"] {
        let whole = client.get(path).send().await;
        let head = client.request(Method::HEAD, path).send().await;
        assert_eq!((head.status, head.text()), (whole.status, String::new()), "{path}");
        for name in ["etag", "content-type", "content-length", "cache-control"] {
            assert_eq!(head.header(name), whole.header(name), "{path} {name}");
        }
        let unchanged = client.request(Method::HEAD, path).header("if-none-match", whole.header("etag")).send().await;
        assert_eq!(unchanged.status.as_u16(), 304, "{path}");
    }
}

#[actix_web::test]
async fn an_unknown_document_is_404_whatever_its_name() {
    let (_server, client) = start();
    for path in [
        "/schemas/made-up.schema.json",
        "/schemas/openapi.json",
        "/schemas/..%2fopenapi.json",
        "/schemas/",
        "/schemas/a/b",
        "/schemas/%00",
    ] {
        let reply = client.get(path).send().await;
        reply.assert_problem(404, "request.no_such_route");
    }
}

#[actix_web::test]
async fn the_page_and_its_document_stand_in_one_folder() {
    let (_server, client) = start();
    for (path, location) in [("/docs", "docs/captcha/"), ("/docs/captcha", "captcha/")] {
        let redirect = client.get(path).send().await;
        assert_eq!((redirect.status.as_u16(), redirect.header("location")), (308, location));
    }
    let page = client.get("/docs/captcha/").send().await;
    assert_eq!(page.status.as_u16(), 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self';") && !policy.contains("http"), "{policy}");
    let text = page.text();
    for name in ["swagger-ui-bundle.js", "start.js", "page.css", "swagger-ui.css", "openapi.json"] {
        assert!(text.contains(&format!("\"{name}\"")), "the page names {name}");
        let file = client.get(&format!("/docs/captcha/{name}")).send().await;
        assert_eq!(file.status.as_u16(), 200, "{name}");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
    }
    let [below, above] =
        [client.get("/docs/captcha/openapi.json").send().await, client.get("/openapi.json").send().await];
    assert_eq!((below.text(), below.header("etag")), (above.text(), above.header("etag")));
    let schema = client.get("/docs/captcha/schemas/codes.json").send().await;
    assert_eq!(schema.text(), CODES.1);
    for path in ["/docs/captcha/made-up.js", "/docs/auth", "/docs/auth/", "/docs/auth/openapi.json"] {
        client.get(path).send().await.assert_problem(404, "request.no_such_route");
    }
}
