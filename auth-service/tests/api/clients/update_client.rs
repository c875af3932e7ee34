//! `PATCH /api/v1/clients/{client_id}`.

use oauth_clients::read_clients;
use serde_json::json;

use super::{confidential, grant, public, update};
use crate::app::TestApp;

#[tokio::test]
async fn fields_that_are_left_out_keep_their_values() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    public(&app, &admin, "web", &["https://a.example.org"]).await;
    let client = update(&app, &admin, "web", &json!({})).await.assert_status(200)["client"].clone();
    assert_eq!(client["origins"], json!(["https://a.example.org"]));
    let body = json!({"origins": ["https://b.example.org"]});
    let client = update(&app, &admin, "web", &body).await.assert_status(200)["client"].clone();
    assert_eq!(client["origins"], json!(["https://b.example.org"]));
    assert_eq!((&client["grants"], &client["kind"]), (&json!(["refresh_token"]), &json!("public")));
}

#[tokio::test]
async fn a_grant_that_is_taken_away_counts_at_once() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let secret = confidential(&app, &admin, "reports").await;
    let token = grant(&app, "reports", &secret).await.assert_status(200)["access_token"].as_str().unwrap().to_owned();
    assert!(app.is_active(&token).await);
    update(&app, &admin, "reports", &json!({"grants": ["refresh_token"]})).await.assert_status(200);
    grant(&app, "reports", &secret).await.assert_problem(400, "auth.grant_not_allowed");
    assert!(!app.is_active(&token).await);
    update(&app, &admin, "reports", &json!({"grants": ["client_credentials"]})).await.assert_status(200);
    grant(&app, "reports", &secret).await.assert_status(200);
}

#[tokio::test]
async fn a_change_that_does_not_fit_the_kind_is_rejected_whole() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    public(&app, &admin, "web", &["https://a.example.org"]).await;
    for (body, pointer) in [
        (json!({"grants": ["client_credentials"], "origins": []}), "/grants"),
        (json!({"grants": [], "origins": []}), "/grants"),
        (json!({"grants": ["refresh_token"], "origins": ["*"]}), "/origins/0"),
        (json!({"kind": "confidential"}), "/kind"),
    ] {
        let problem = update(&app, &admin, "web", &body).await.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
    }
    let (_, clients) = app.state().store.load_clients(app.state().now()).await.unwrap();
    assert_eq!(clients[0].definition.origins, ["https://a.example.org"]);
}

#[tokio::test]
async fn unknown_clients_and_those_of_the_installation_are_not_changed() {
    let app = TestApp::start_with(|config| {
        let file = "[clients.of-file]\nkind = \"public\"\ngrants = [\"refresh_token\"]";
        config.clients = read_clients(file).unwrap();
    })
    .await;
    let (_, admin) = app.admin().await;
    for id in ["nobody", "a%00b", "%D0%B0", "A"] {
        update(&app, &admin, id, &json!({})).await.assert_problem(404, "auth.client_not_found");
        super::delete(&app, &admin, id).await.assert_problem(404, "auth.client_not_found");
        super::rotate(&app, &admin, id, 0).await.assert_problem(404, "auth.client_not_found");
    }
    for id in ["marquee", "of-file"] {
        update(&app, &admin, id, &json!({"origins": []})).await.assert_problem(409, "auth.client_of_file");
        super::delete(&app, &admin, id).await.assert_problem(409, "auth.client_of_file");
        super::rotate(&app, &admin, id, 0).await.assert_problem(409, "auth.client_of_file");
    }
}
