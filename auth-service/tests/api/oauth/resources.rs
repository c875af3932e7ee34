//! Resources of `AUTH_RESOURCES_FILE`: what tokens are for (RFC 8707).

use oauth_clients::{read_clients, read_resources};
use serde_json::{Value, json};
use service_kit::settings::ClientSecret;
use service_kit::testing::TestReply;

use crate::app::{CLIENT, TestApp};

const ISSUER: &str = "http://auth.test";
const BILLS: (&str, &str) = ("bills", "another secret for tests only");
const CLIENTS: &str =
    "[clients.tv]\nkind = \"public\"\ngrants = [\"device_code\", \"refresh_token\"]\nresources = [\"films\"]";

async fn app(default: &str) -> TestApp {
    let file = format!(
        "{default}\n[resources.films]\nservices = [\"movies-api\"]\n[resources.\"https://bills.example.org/\"]\nservices = [\"bills\"]"
    );
    TestApp::start_with(|config| {
        let bills = ClientSecret { id: BILLS.0.into(), secret: BILLS.1.to_owned().into() };
        config.service_clients.as_mut().unwrap().push(bills);
        config.resources = read_resources(&file, ISSUER).unwrap();
        config.clients = read_clients(CLIENTS).unwrap();
    })
    .await
}

async fn refresh(app: &TestApp, token: &str, resource: &str) -> TestReply {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("resource", resource)];
    app.post("/oauth2/token").form(&form).send().await
}

async fn is_active(app: &TestApp, (id, secret): (&str, &str), token: &str) -> bool {
    let reply = app.post("/oauth2/introspect").basic(id, secret).form(&[("token", token)]).send().await;
    let body = reply.assert_status(200);
    assert!(body["active"] == true || body == json!({"active": false}), "{body}");
    body["active"] == true
}

fn access(body: &Value) -> &str {
    body["access_token"].as_str().unwrap()
}

#[tokio::test]
async fn a_token_for_films_acts_at_films_and_nowhere_else() {
    let app = app("").await;
    let user = app.user().await;
    let own = app.signed_in(&user).await;
    app.me(&own.access).await.assert_status(200);
    assert!(!is_active(&app, CLIENT, &own.access).await, "it is for the issuer alone");

    let films = refresh(&app, &own.refresh, "films").await.assert_status(200);
    let token = access(&films);
    assert!(is_active(&app, CLIENT, token).await && !is_active(&app, BILLS, token).await);
    app.me(token).await.assert_problem(401, "auth.token_invalid");
    app.log_out(token).await.assert_problem(401, "auth.token_invalid");
    let check =
        async |query: &str| app.get(&format!("/oauth2/check{query}")).bearer(token).send().await.status.as_u16();
    assert_eq!((check("?aud=films").await, check("").await), (200, 401));
    assert_eq!(check("?aud=https%3A%2F%2Fbills.example.org%2F").await, 401);

    let next = films["refresh_token"].as_str().unwrap();
    let bills = refresh(&app, next, "https://bills.example.org/").await.assert_status(200);
    assert!(is_active(&app, BILLS, access(&bills)).await && !is_active(&app, CLIENT, access(&bills)).await);
}

#[tokio::test]
async fn a_resource_that_is_unknown_leaves_the_refresh_token_good() {
    let app = app("").await;
    let own = app.signed_in(&app.user().await).await;
    for resource in ["marquee", "film", "films bills", "http://auth.test/"] {
        let body = refresh(&app, &own.refresh, resource).await.assert_status(400);
        assert_eq!(body["error"], "invalid_target", "{resource}");
    }
    refresh(&app, &own.refresh, ISSUER).await.assert_status(200);
}

#[tokio::test]
async fn the_default_may_name_several_resources() {
    let app = app(&format!("default = [\"{ISSUER}\", \"films\"]")).await;
    let own = app.signed_in(&app.user().await).await;
    app.me(&own.access).await.assert_status(200);
    assert!(is_active(&app, CLIENT, &own.access).await && !is_active(&app, BILLS, &own.access).await);
    assert_eq!(app.introspect(&own.access).await["aud"], json!([ISSUER, "films"]));
}

#[tokio::test]
async fn a_client_gets_its_own_resources_and_no_others() {
    let app = app("").await;
    let start = async |resource: &str| {
        app.post("/oauth2/device_authorization").form(&[("client_id", "tv"), ("resource", resource)]).send().await
    };
    assert_eq!(start(ISSUER).await.assert_status(400)["error"], "invalid_target");
    start("").await.assert_status(200);
    start("films").await.assert_status(200);
}

#[tokio::test]
async fn administrators_define_clients_for_resources_that_exist() {
    let app = app(&format!("default = [\"{ISSUER}\", \"films\"]")).await;
    let (_, admin) = app.admin().await;
    let create = async |resource: &str| {
        let body = json!({"client_id": "web", "kind": "public", "grants": ["refresh_token"], "resources": [resource]});
        app.post("/api/v1/clients").bearer(&admin.access).json(&body).send().await
    };
    let problem = create("gone").await.assert_problem(422, "request.invalid_fields");
    assert_eq!(problem["errors"][0]["pointer"], "/resources", "{problem}");
    create("films").await.assert_status(201);
}

#[tokio::test]
async fn without_a_file_all_services_are_one_resource() {
    let app = TestApp::start().await;
    let own = app.signed_in(&app.user().await).await;
    let next = refresh(&app, &own.refresh, "marquee").await.assert_status(200);
    assert_eq!(app.introspect(access(&next)).await["aud"], "marquee");
    app.me(access(&next)).await.assert_status(200);
    let body = refresh(&app, next["refresh_token"].as_str().unwrap(), "films").await.assert_status(400);
    assert_eq!(body["error"], "invalid_target");
}

#[tokio::test]
async fn a_session_for_a_resource_that_was_removed_is_signed_in_again() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let own = app.signed_in(&user).await;
    app.home.sql("UPDATE sessions SET resource = 'gone'").await;
    let reply = app.refresh(&own.refresh).await;
    reply.assert_problem(401, "auth.refresh_token_invalid");
    let body = refresh(&app, &own.refresh, "").await.assert_status(400);
    assert_eq!(body["error"], "invalid_grant");
}

#[tokio::test]
async fn a_replayed_token_ends_its_session_whatever_it_asks_for() {
    let app = TestApp::start().await;
    let own = app.signed_in(&app.user().await).await;
    let mut token = own.refresh.clone();
    for _ in 0..2 {
        let next = refresh(&app, &token, "").await.assert_status(200);
        token = next["refresh_token"].as_str().unwrap().to_owned();
    }
    let body = refresh(&app, &own.refresh, "nothing").await.assert_status(400);
    assert_eq!(body["error"], "invalid_grant", "{body}");
    assert_eq!(refresh(&app, &token, "").await.assert_status(400)["error"], "invalid_grant");
}
