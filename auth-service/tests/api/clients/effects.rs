//! What a client is good for: other replicas, sessions, browsers, the audit log.

use std::sync::Arc;
use std::time::Duration;

use oauth_clients::read_clients;
use reqwest::Method;
use serde_json::json;
use service_kit::testing::eventually;

use super::{confidential, create, delete, grant, public, rotate, update};
use crate::app::TestApp;

const BOUND: Duration = Duration::from_secs(10);
const ORIGIN: &str = "https://films.example.org";

/// Origin that a preflight of the sign-in permits; empty if none.
async fn permitted(app: &TestApp, path: &str) -> String {
    let request = app.request(Method::OPTIONS, path).header("origin", ORIGIN);
    let reply = request.header("access-control-request-method", "POST").send().await;
    reply.header("access-control-allow-origin").to_owned()
}

#[tokio::test]
async fn a_change_at_one_replica_reaches_the_others() {
    let one = TestApp::start().await;
    let other = TestApp::start_in(Arc::clone(&one.home), |_| ()).await;
    let (_, admin) = one.admin().await;
    let secret = confidential(&one, &admin, "reports").await;
    let is = async |status: u16| grant(&other, "reports", &secret).await.status == status;
    eventually("the other replica knows the client", BOUND, async || is(200).await).await;
    let new = rotate(&one, &admin, "reports", 0).await.assert_status(200)["client_secret"].as_str().unwrap().to_owned();
    eventually("the old secret ends there", BOUND, async || is(401).await).await;
    grant(&other, "reports", &new).await.assert_status(200);
    delete(&one, &admin, "reports").await.assert_status(204);
    eventually("the client is gone there", BOUND, async || grant(&other, "reports", &new).await.status == 401).await;
}

#[tokio::test]
async fn scripts_of_a_clients_origin_may_call_until_it_has_another_one() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    for path in ["/oauth2/token", "/api/v1/sessions"] {
        assert_eq!(permitted(&app, path).await, "", "{path}");
    }
    public(&app, &admin, "web", &[ORIGIN]).await;
    for path in ["/oauth2/token", "/oauth2/revoke", "/api/v1/sessions"] {
        assert_eq!(permitted(&app, path).await, ORIGIN, "{path}");
    }
    for path in ["/oauth2/introspect", "/api/v1/clients"] {
        assert_eq!(permitted(&app, path).await, "", "{path}");
    }
    update(&app, &admin, "web", &json!({"origins": ["https://films.example.org:8443"]})).await.assert_status(200);
    assert_eq!(permitted(&app, "/oauth2/token").await, "");
}

#[tokio::test]
async fn a_session_is_refreshed_and_revoked_by_its_client_alone_and_ends_with_it() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    app.home.sql("UPDATE sessions SET client_id = 'tv'").await;
    let (_, admin) = app.admin().await;
    for id in ["tv", "web"] {
        public(&app, &admin, id, &[]).await;
    }
    let call = async |path: &str, client: &str| {
        let token = if path == "/oauth2/token" { "refresh_token" } else { "token" };
        let form = [("grant_type", "refresh_token"), (token, tokens.refresh.as_str()), ("client_id", client)];
        app.post(path).form(&form).send().await
    };
    for client in ["web", "marquee"] {
        call("/oauth2/token", client).await.assert_problem(400, "auth.refresh_token_invalid");
        call("/oauth2/revoke", client).await.assert_problem(400, "auth.token_of_another_client");
    }
    app.refresh(&tokens.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    call("/oauth2/token", "tv").await.assert_status(200);
    assert!(app.is_active(&tokens.access).await);
    delete(&app, &admin, "tv").await.assert_status(204);
    eventually("its access tokens end", BOUND, async || !app.is_active(&tokens.access).await).await;
    public(&app, &admin, "tv", &[]).await;
    call("/oauth2/token", "tv").await.assert_problem(400, "auth.refresh_token_invalid");
}

#[tokio::test]
async fn every_act_leaves_an_audit_event_with_the_client_as_its_subject() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let secret = confidential(&app, &admin, "reports").await;
    create(&app, &admin, "reports", json!({"kind": "public", "grants": ["refresh_token"]})).await.assert_status(409);
    update(&app, &admin, "reports", &json!({})).await.assert_status(200);
    rotate(&app, &admin, "reports", 0).await.assert_status(200);
    delete(&app, &admin, "reports").await.assert_status(204);
    delete(&app, &admin, "reports").await.assert_status(404);
    let reply = app.get("/api/v1/audit?reason=test").bearer(&admin.access).send().await;
    let events = reply.assert_status(200)["items"].as_array().unwrap().clone();
    let acts: Vec<_> = events
        .iter()
        .filter(|event| event["subject"] == "reports")
        .map(|event| format!("{} {}", event["action"].as_str().unwrap(), event["outcome"].as_str().unwrap()))
        .collect();
    let expected = [
        "delete_client client_not_found",
        "delete_client done",
        "rotate_client_secret done",
        "update_client done",
        "create_client client_taken",
        "create_client done",
    ];
    assert_eq!(acts, expected);
    assert!(!reply.text().contains(&secret));
}

#[tokio::test]
async fn clients_are_known_from_memory_while_the_database_is_away() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let secret = confidential(&app, &admin, "reports").await;
    app.state().store.close().await;
    grant(&app, "reports", &secret).await.assert_status(200);
    grant(&app, "reports", "x").await.assert_problem(401, "auth.client_rejected");
}

#[tokio::test]
async fn an_id_in_the_file_and_in_the_database_stops_the_start() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    public(&app, &admin, "web", &[]).await;
    let mut config = app.home.config();
    config.clients = read_clients("[clients.web]\nkind = \"public\"\ngrants = [\"refresh_token\"]").unwrap();
    let error = auth_service::app::build(config, app.home.clock.clone()).await.err().map(|error| error.to_string());
    assert!(error.as_ref().is_some_and(|text| text.contains("web is in AUTH_CLIENTS_FILE")), "{error:?}");
}
