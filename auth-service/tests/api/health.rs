//! `GET /livez`, `GET /readyz`.

use account_flows::{EnsureAdminError, NewAdmin};
use accounts::{AuditActor, AuditContext, AuditFilter};
use auth_service::config::Config;
use service_kit::testing::TestClient;

use crate::app::{Home, TestApp, mail_text};

#[tokio::test]
async fn a_service_with_storage_and_keys_is_ready() {
    let app = TestApp::start().await;
    app.get("/livez").send().await.assert_status(200);
    let body = app.get("/readyz").send().await.assert_status(200);
    assert_eq!(body["service"], "auth-service");
}

#[tokio::test]
async fn a_service_without_tables_is_alive_and_names_the_migrate_command() {
    let app = TestApp::start_without_tables().await;
    app.get("/livez").send().await.assert_status(200);
    let problem = app.get("/readyz").send().await.assert_problem(503, "server.unavailable");
    assert!(problem["detail"].as_str().unwrap().contains("auth-service migrate"), "{problem}");
}

#[tokio::test]
async fn replicas_that_migrate_at_once_all_become_ready() {
    let home = Home::new().await;
    let start = || TestApp::start_in(home.clone(), |_| ());
    let (one, two, three) = tokio::join!(start(), start(), start());
    for app in [one, two, three] {
        app.get("/readyz").send().await.assert_status(200);
    }
}

#[tokio::test]
async fn the_first_start_of_an_embedded_installation_makes_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut config = Config::embedded(&data, ([127, 0, 0, 1], 0).into());
    config.server.workers = 1;
    let app = auth_service::app::build(config.clone(), service_kit::SystemClock::shared()).await.unwrap();
    let app = app.start(mail_text).unwrap();
    let client = TestClient::new(format!("http://{}", app.address()));
    client.get("/readyz").send().await.assert_status(200);

    let unread = |_: &NewAdmin| Err(std::io::ErrorKind::BrokenPipe.into());
    let admin = NewAdmin::first().unwrap();
    let refused = app.state().accounts.ensure_admin(&admin, unread).await.unwrap_err();
    assert!(
        matches!(refused, EnsureAdminError::NotShown(_)),
        "no account is created when its password cannot be shown"
    );
    let mut body = serde_json::json!({});
    let shown = |admin: &NewAdmin| {
        body = serde_json::json!({"email": admin.email.as_str(), "password": admin.password.expose()});
        Ok(())
    };
    assert!(app.state().accounts.ensure_admin(&admin, shown).await.unwrap());
    assert!(!app.state().accounts.ensure_admin(&admin, |_| panic!("one is enough")).await.unwrap());
    let signed_in = client.post("/api/v1/sessions").json(&body).send().await.assert_status(201);
    assert_eq!(signed_in["user"]["roles"], serde_json::json!(["admin", "editor"]));
    let look = AuditContext::of_command("tests", None, app.state().now());
    let events = app.state().store.list_audit_events(AuditFilter::default(), 10, &look).await.unwrap();
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!((&*event.action, &event.actor), ("create_admin", &AuditActor::Machine("first start".into())));

    let secret = std::fs::read_to_string(config.embedded_client_secret()).unwrap();
    let token = signed_in["tokens"]["access_token"].as_str().unwrap();
    let introspection = client.post("/oauth2/introspect").basic("movies-api", secret.trim()).form(&[("token", token)]);
    assert_eq!(introspection.send().await.assert_status(200)["active"], true);

    app.stop().await.unwrap();
}
