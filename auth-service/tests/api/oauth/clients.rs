//! Clients of `AUTH_CLIENTS_FILE`.

use std::sync::Arc;

use oauth_clients::read_clients;
use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::TestApp;

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
/// Secrets of the clients below.
const SECRETS: [&str; 2] = ["mqc_reports secret+1", "mqc_mails secret"];

async fn app() -> TestApp {
    let hash = |secret: &str| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_bytes());
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let client = |id: &str, secret: &str| {
        let kind = "kind = \"confidential\"\ngrants = [\"client_credentials\"]";
        format!("[clients.{id}]\n{kind}\nsecrets = [{{sha256 = \"{}\"}}]\n", hash(secret))
    };
    let file = client("reports", SECRETS[0]) + &client("mails", SECRETS[1]);
    TestApp::start_with(|config| config.clients = read_clients(&file).unwrap()).await
}

async fn grant(app: &TestApp, basic: Option<(&str, &str)>, form: &[(&str, &str)]) -> TestReply {
    let request = app.post("/oauth2/token").form(form);
    basic.iter().fold(request, |request, (id, secret)| request.basic(id, secret)).send().await
}

async fn token_of(app: &TestApp, client: usize) -> String {
    let id = ["reports", "mails"][client];
    let reply = grant(app, Some((id, SECRETS[client])), &[GRANT]).await.assert_status(200);
    reply["access_token"].as_str().unwrap().to_owned()
}

#[track_caller]
fn assert_error(reply: &TestReply, status: u16, error: &str) -> Value {
    let body = reply.assert_status(status);
    assert_eq!(body["error"], error, "{body}");
    body
}

#[tokio::test]
async fn a_client_gets_a_token_for_itself_that_introspection_knows() {
    let app = app().await;
    let encoded = "mqc_reports+secret%2B1"; // RFC 6749 §2.3.1
    let in_form = [GRANT, ("client_id", "reports"), ("client_secret", SECRETS[0])];
    for (basic, form) in
        [(Some(("reports", SECRETS[0])), &[GRANT][..]), (Some(("reports", encoded)), &[GRANT]), (None, &in_form)]
    {
        let body = grant(&app, basic, form).await.assert_status(200);
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(600)));
        assert!(body.get("refresh_token").is_none() && body.get("session_id").is_none(), "{body}");
        let facts = app.introspect(body["access_token"].as_str().unwrap()).await;
        assert_eq!((&facts["active"], &facts["sub"]), (&json!(true), &json!("client:reports")));
        assert_eq!((&facts["client_id"], &facts["aud"]), (&json!("reports"), &json!("marquee")));
        assert!(facts.get("sid").is_none() && facts.get("roles").is_none(), "{facts}");
    }
}

#[tokio::test]
async fn the_token_of_a_client_is_nobodys_account() {
    let app = app().await;
    let token = token_of(&app, 0).await;
    for path in ["/api/v1/me", "/api/v1/sessions", "/oauth2/check", "/api/v1/permissions/films.write", "/api/v1/roles"]
    {
        app.get(path).bearer(&token).send().await.assert_problem(401, "auth.token_invalid");
    }
    app.log_out(&token).await.assert_problem(401, "auth.token_invalid");
}

#[tokio::test]
async fn only_its_own_secret_and_its_own_grants_count() {
    let app = app().await;
    for (id, secret) in [("reports", SECRETS[1]), ("reports", ""), ("mails", SECRETS[0]), ("nobody", SECRETS[0])] {
        assert_error(&grant(&app, Some((id, secret)), &[GRANT]).await, 401, "invalid_client");
        let form = [GRANT, ("client_id", id), ("client_secret", secret)];
        assert_error(&grant(&app, None, &form).await, 401, "invalid_client");
    }
    let public = grant(&app, None, &[GRANT, ("client_id", "marquee")]).await;
    assert_error(&public, 400, "unauthorized_client");
    let tokens = app.signed_in(&app.user().await).await;
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
    assert_error(&grant(&app, Some(("reports", SECRETS[0])), &refresh).await, 400, "unauthorized_client");
    app.refresh(&tokens.refresh).await.assert_status(200);
}

#[tokio::test]
async fn a_client_revokes_no_token_of_another_one() {
    let app = app().await;
    let tokens = app.signed_in(&app.user().await).await;
    let own = token_of(&app, 0).await;
    let revoke = async |token: &str, client: usize| {
        let (id, secret) = (["reports", "mails"][client], SECRETS[client]);
        app.post("/oauth2/revoke").basic(id, secret).form(&[("token", token)]).send().await
    };
    for token in [&tokens.refresh, &tokens.access] {
        assert_error(&revoke(token, 0).await, 400, "invalid_grant");
    }
    assert_error(&revoke(&own, 1).await, 400, "invalid_grant");
    assert_error(&revoke(&own, 0).await, 400, "unsupported_token_type");
    revoke("x", 0).await.assert_status(200);
    app.me(&tokens.access).await.assert_status(200);
}

#[tokio::test]
async fn the_token_of_a_client_that_is_gone_is_inactive() {
    let first = app().await;
    let token = token_of(&first, 0).await;
    assert!(first.is_active(&token).await);
    let second = TestApp::start_in(Arc::clone(&first.home), |config| config.clients = Vec::new()).await;
    assert!(!second.is_active(&token).await);
}
