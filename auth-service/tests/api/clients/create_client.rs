//! `POST /api/v1/clients`.

use contracts::auth::permissions::ROLES_MANAGE;
use futures_util::future::join_all;
use oauth_clients::read_clients;
use serde_json::json;

use super::{CLIENTS, confidential, create, grant};
use crate::app::TestApp;

#[tokio::test]
async fn a_confidential_client_gets_tokens_with_the_secret_that_was_shown_once() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let fields = json!({"kind": "confidential", "grants": ["client_credentials", "client_credentials"]});
    let reply = create(&app, &admin, "reports", fields).await;
    let body = reply.assert_status(201);
    assert_eq!(reply.header("location"), "/api/v1/clients/reports");
    let client = &body["client"];
    assert_eq!((&client["client_id"], &client["kind"]), (&json!("reports"), &json!("confidential")));
    assert_eq!((&client["grants"], &client["secrets"]), (&json!(["client_credentials"]), &json!([{}])));
    let secret = body["client_secret"].as_str().unwrap();
    assert!(secret.starts_with("mqc_") && secret.len() == 47, "256 bits: {}", secret.len());
    grant(&app, "reports", secret).await.assert_status(200);
    grant(&app, "reports", &format!("{secret}x")).await.assert_problem(401, "auth.client_rejected");
    let listed = app.get(CLIENTS).bearer(&admin.access).send().await;
    assert!(!listed.text().contains(secret) && !listed.text().contains("client_secret"));
}

#[tokio::test]
async fn a_secret_is_stored_as_a_hash_alone() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let secret = confidential(&app, &admin, "reports").await;
    let hash = service_kit::secret_hash::SecretHash::of(&secret);
    let (_, clients) = app.state().store.load_clients(app.state().now()).await.unwrap();
    assert_eq!(clients[0].secrets[0].hash.as_bytes(), hash.as_bytes());
}

#[tokio::test]
async fn a_public_client_has_no_secret_and_no_token_for_itself() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let fields = json!({"kind": "public", "grants": ["refresh_token"]});
    let body = create(&app, &admin, "web", fields).await.assert_status(201);
    assert!(body.get("client_secret").is_none() && body["client"]["secrets"] == json!([]), "{body}");
    let form = [("grant_type", "client_credentials"), ("client_id", "web")];
    let reply = app.post("/oauth2/token").form(&form).send().await;
    reply.assert_problem(400, "auth.grant_not_allowed");
}

#[tokio::test]
async fn an_id_is_given_once() {
    let app = TestApp::start_with(|config| {
        let file = "[clients.of-file]\nkind = \"public\"\ngrants = [\"refresh_token\"]";
        config.clients = read_clients(file).unwrap();
    })
    .await;
    let (_, admin) = app.admin().await;
    let fields = json!({"kind": "public", "grants": ["refresh_token"]});
    let calls = (0..8).map(|_| create(&app, &admin, "web", fields.clone()));
    let mut created = 0;
    for reply in join_all(calls).await {
        match reply.status.as_u16() {
            201 => created += 1,
            _ => drop(reply.assert_problem(409, "auth.client_taken")),
        }
    }
    assert_eq!(created, 1);
    create(&app, &admin, "of-file", fields.clone()).await.assert_problem(409, "auth.client_of_file");
    let problem = create(&app, &admin, "marquee", fields).await.assert_problem(422, "request.invalid_fields");
    assert_eq!(problem["errors"][0]["pointer"], "/client_id");
}

#[tokio::test]
async fn what_cannot_be_is_named() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let public = |fields: serde_json::Value| {
        let mut body = json!({"client_id": "web", "kind": "public", "grants": ["refresh_token"]});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    };
    let origin = |text: &str| public(json!({"origins": [text]}));
    for (body, pointer) in [
        (public(json!({"client_id": "Web"})), "/client_id"),
        (public(json!({"client_id": ""})), "/client_id"),
        (public(json!({"client_id": "a".repeat(65)})), "/client_id"),
        (public(json!({"client_id": "a/b"})), "/client_id"),
        (public(json!({"kind": "secret"})), "/kind"),
        (public(json!({"grants": []})), "/grants"),
        (public(json!({"grants": ["password"]})), "/grants/0"),
        (public(json!({"grants": ["implicit"]})), "/grants/0"),
        (public(json!({"grants": ["client_credentials"]})), "/grants"),
        (public(json!({"grants": vec!["refresh_token"; 11]})), "/grants"),
        (public(json!({"origins": vec!["https://a.example.org"; 21]})), "/origins"),
        (origin("*"), "/origins/0"),
        (origin("https://a.example.org/"), "/origins/0"),
        (origin("https://a.example.org,https://b.example.org"), "/origins/0"),
        (origin("https://A.example.org"), "/origins"),
        (origin("file://a"), "/origins"),
        (origin(""), "/origins/0"),
        (public(json!({"kind": "confidential", "origins": ["https://a.example.org"]})), "/origins"),
        (public(json!({"client_secret": "mine"})), "/client_secret"),
    ] {
        let reply = app.post(CLIENTS).bearer(&admin.access).json(&body).send().await;
        let problem = reply.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
    }
    assert_eq!(app.state().store.load_clients(app.state().now()).await.unwrap().1.len(), 0);
}

#[tokio::test]
async fn only_those_who_manage_clients_create_them() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let role = json!({"name": "roles-only", "description": "Of a test", "permissions": [ROLES_MANAGE]});
    app.post("/api/v1/roles").bearer(&admin.access).json(&role).send().await.assert_status(201);
    let user = app.proved_user().await;
    app.change_role(reqwest::Method::PUT, &admin, &user.id, "roles-only").await.assert_status(204);
    for who in [app.signed_in(&user).await, app.signed_in(&app.user().await).await] {
        let fields = json!({"kind": "public", "grants": ["refresh_token"]});
        create(&app, &who, "web", fields).await.assert_problem(403, "auth.forbidden");
    }
}

#[tokio::test]
async fn there_are_at_most_1000_clients() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let no = if app.state().store.is_embedded() { "0" } else { "false" };
    let at = "'2026-11-30 12:00:00+00:00'";
    let row = |number: usize| format!("('c{number}', {no}, 'refresh_token', '', {at}, {at})");
    let rows: Vec<String> = (0..1000).map(row).collect();
    let columns = "id, confidential, grants, origins, created_at, updated_at";
    app.home.sql(&format!("INSERT INTO oauth_clients ({columns}) VALUES {}", rows.join(","))).await;
    let fields = json!({"kind": "public", "grants": ["refresh_token"]});
    create(&app, &admin, "web", fields.clone()).await.assert_problem(409, "auth.too_many_clients");
    super::delete(&app, &admin, "c7").await.assert_status(204);
    create(&app, &admin, "web", fields).await.assert_status(201);
}
