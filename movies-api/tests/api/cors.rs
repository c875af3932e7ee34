//! Browser apps of other origins: anonymous reads are for all of them, the rest for listed ones.

use contracts::endpoint::Auth;
use contracts::movies::ENDPOINTS;
use reqwest::Method;

use crate::app::TestApp;
use crate::routes;

const APP: &str = "https://tv.example.org";

#[tokio::test]
async fn anonymous_reads_are_for_every_origin_and_reads_with_a_token_for_listed_ones() {
    let app = TestApp::start_with(&["--cors-origins", APP]).await;
    let token = format!("Bearer {}", app.aged(30));
    for call in routes::optional(&app) {
        for origin in [APP, "https://other.example"] {
            let reply = call.on(&app).header("origin", origin).send().await;
            assert_eq!(reply.status, 200, "{}", call.path);
            assert_eq!(reply.header("access-control-allow-origin"), "*", "{}", call.path);
            let vary: Vec<_> = reply.headers.get_all("vary").iter().collect();
            assert_eq!(vary, ["Authorization, Accept-Language"], "{}: one copy for all origins", call.path);
        }
        for (origin, expected) in [(APP, APP), ("https://other.example", "")] {
            let reply = call.on(&app).header("origin", origin).header("authorization", &token).send().await;
            assert_eq!(reply.header("access-control-allow-origin"), expected, "{}", call.path);
            let vary: Vec<_> = reply.headers.get_all("vary").iter().collect();
            assert_eq!(vary, ["Authorization, Accept-Language", "Origin"], "{}", call.path);
        }
    }
}

#[tokio::test]
async fn preflights_permit_tokens_and_writes_to_listed_origins_alone() {
    let app = TestApp::start_with(&["--cors-origins", APP]).await;
    for endpoint in ENDPOINTS {
        let is_read = endpoint.auth == Auth::OptionalDegrading;
        for (origin, expected) in [(APP, APP), ("https://other.example", if is_read { "*" } else { "" })] {
            let path = endpoint.path.replace(['{', '}'], "x");
            let request = app.request(Method::OPTIONS, &path).header("origin", origin);
            let reply = request.header("access-control-request-method", endpoint.method.as_str()).send().await;
            assert_eq!(reply.status, 204, "{}", endpoint.id);
            assert_eq!(reply.header("access-control-allow-origin"), expected, "{} {origin}", endpoint.id);
            let permits_tokens = reply.header("access-control-allow-headers").contains("authorization");
            assert_eq!(permits_tokens, origin == APP, "{} {origin}", endpoint.id);
        }
    }
}
