//! Browser apps of other origins: every endpoint of the contract, and the pages.

use contracts::auth::ENDPOINTS;
use contracts::endpoint::EndpointInfo;
use reqwest::Method;
use serde_json::json;
use service_kit::server::AllowedOrigins;

use crate::app::TestApp;

const APP: &str = "https://tv.example.org";

async fn start() -> TestApp {
    TestApp::start_with(|config| config.server.cors_origins = AllowedOrigins::parse(APP).unwrap()).await
}

/// Origin that the preflight for an endpoint permits to `origin`; empty if none.
async fn permitted(app: &TestApp, origin: &str, endpoint: &EndpointInfo) -> String {
    let path = endpoint.path.replace(['{', '}'], "x");
    let request = app.request(Method::OPTIONS, &path).header("origin", origin);
    let reply = request.header("access-control-request-method", endpoint.method.as_str()).send().await;
    assert_eq!(reply.status, 204, "{}", endpoint.id);
    reply.header("access-control-allow-origin").to_owned()
}

#[tokio::test]
async fn the_api_is_for_listed_origins_documents_for_all_and_introspection_for_none() {
    let app = start().await;
    for endpoint in ENDPOINTS {
        let expected = match endpoint.path {
            path if path.starts_with("/api/v1/clients") => ("", ""),
            path if path.starts_with("/api/v1/") => (APP, ""),
            "/oauth2/device_authorization" | "/oauth2/token" | "/oauth2/revoke" | "/oauth2/userinfo" => (APP, ""),
            path if path.starts_with("/.well-known/") => ("*", "*"),
            _ => ("", ""),
        };
        let listed = permitted(&app, APP, endpoint).await;
        let other = permitted(&app, "https://evil.test", endpoint).await;
        assert_eq!((listed.as_str(), other.as_str()), expected, "{}", endpoint.id);
    }
}

#[tokio::test]
async fn a_listed_app_signs_in_and_reads_why_it_could_not() {
    let app = start().await;
    let user = app.user().await;
    let log_in = async |password: &str, origin: &str| {
        let body = json!({"email": user.email, "password": password});
        app.post("/api/v1/sessions").header("origin", origin).json(&body).send().await
    };
    let reply = log_in(&user.password, APP).await;
    assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (201, APP));
    let reply = log_in("wrong password", APP).await;
    assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (401, APP));
    let reply = log_in(&user.password, "https://evil.test").await;
    assert_eq!((reply.header("access-control-allow-origin"), reply.header("vary")), ("", "Origin"));
}

#[tokio::test]
async fn the_account_pages_are_readable_by_no_other_origin() {
    let app = start().await;
    for path in [
        "/account/sign-in",
        "/account",
        "/account/nowhere",
        "/account/assets/page.css",
        "/account/authorize",
        "/oauth2/authorize",
    ] {
        let reply = app.get(path).header("origin", APP).send().await;
        assert!(!reply.headers.contains_key("access-control-allow-origin"), "{path}");
    }
}
