//! Browser apps of other origins: every endpoint of the contract, and the page for TVs.

use contracts::captcha::ENDPOINTS;
use reqwest::Method;
use service_kit::server::AllowedOrigins;

use crate::app::TestApp;

const APP: &str = "https://tv.example.org";

#[tokio::test]
async fn challenges_are_for_listed_origins_and_verdicts_for_none() {
    let app = TestApp::start_with(|config| config.server.cors_origins = AllowedOrigins::parse(APP).unwrap()).await;
    for endpoint in ENDPOINTS {
        let is_listed = endpoint.path.contains("/challenges") || endpoint.path.ends_with("/status");
        for (origin, expected) in [(APP, if is_listed { APP } else { "" }), ("https://evil.test", "")] {
            let path = endpoint.path.replace(['{', '}'], "x");
            let request = app.request(Method::OPTIONS, &path).header("origin", origin);
            let reply = request.header("access-control-request-method", endpoint.method.as_str()).send().await;
            assert_eq!(reply.status, 204, "{}", endpoint.id);
            assert_eq!(reply.header("access-control-allow-origin"), expected, "{} {origin}", endpoint.id);
        }
    }
    let page = app.get("/tv").header("origin", APP).send().await;
    assert!(!page.headers.contains_key("access-control-allow-origin"));
}
