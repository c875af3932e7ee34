//! Refresh tokens of an auth-service that is killed and started again: what was used stays used, a replay ends the session,
//! and its owner gets the mail.

use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use service_kit::database::sqlite_url;
use service_kit::testing::{TestClient, TestReply, eventually};
use tests::postgres::Postgres;
use tests::process::Process;
use tests::services::Service;

use crate::load::turn;
use crate::mails::mails;

const BOUND: Duration = Duration::from_secs(120);
const EMAIL: &str = "ann@example.org";
const PASSWORD: &str = "three cats on a sofa";

fn variables(data: &Path, database: &str) -> Vec<(&'static str, String)> {
    vec![
        ("AUTH_DATA_DIR", data.display().to_string()),
        ("AUTH_DATABASE_URL", database.to_owned()),
        ("AUTH_MIGRATE", "true".to_owned()),
        ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
        ("AUTH_SERVICE_CLIENTS", "movies-api=a-secret-between-services-of-the-story".to_owned()),
        ("AUTH_LIMITS", "shadow".to_owned()),
    ]
}

/// Access and refresh token of a reply.
fn pair(body: &Value) -> (String, String) {
    let text = |name: &str| body["tokens"][name].as_str().expect("a token").to_owned();
    (text("access_token"), text("refresh_token"))
}

async fn refresh(auth: &TestClient, token: &str) -> TestReply {
    auth.post("/api/v1/sessions/refresh").json(&json!({"refresh_token": token})).send().await
}

/// The pairs of a new session that was refreshed twice, oldest first.
async fn chain(auth: &TestClient) -> [(String, String); 3] {
    let credentials = json!({"email": EMAIL, "password": PASSWORD});
    auth.post("/api/v1/users").json(&credentials).send().await.assert_status(201);
    let first = pair(&auth.post("/api/v1/sessions").json(&credentials).send().await.assert_status(201));
    let second = pair(&refresh(auth, &first.1).await.assert_status(200));
    let third = pair(&refresh(auth, &second.1).await.assert_status(200));
    [first, second, third]
}

async fn start(variables: &[(&str, String)]) -> Service {
    let auth = Service::start("auth-service", variables);
    auth.ready().await;
    auth
}

fn kill(auth: &mut Service) {
    auth.process.signal("KILL");
    auth.process.wait(BOUND);
}

async fn a_replay_after_kills(data: &Path, database: &str) {
    let variables = variables(data, database);
    assert!(Process::start("auth-service", &["create-key"], &variables).wait(BOUND).success());
    let mut auth = start(&variables).await;
    let pairs = chain(&auth.client).await;
    kill(&mut auth);

    let mut auth = start(&variables).await;
    let again = pair(&refresh(&auth.client, &pairs[1].1).await.assert_status(200));
    assert_eq!(again.1, pairs[2].1, "the successor that was never used is given again");
    auth.client.get("/api/v1/me").bearer(&pairs[2].0).send().await.assert_status(200);
    refresh(&auth.client, &pairs[0].1).await.assert_problem(401, "auth.refresh_token_replayed");
    let logged = auth.process.line_with("a refresh token was used again after its successor", BOUND);
    assert!(logged.contains("\"audit\":true"), "{logged}");
    kill(&mut auth);

    // As if the claim of the dead process on its mail had ended.
    let outbox = Database::connect(database).await.expect("the database");
    outbox.execute_unprepared("UPDATE mails SET due_at = created_at").await.expect("the outbox");
    outbox.close().await.expect("a database that closes");
    let auth = start(&variables).await;
    for (access, token) in pairs.iter().chain([&again]) {
        auth.client.get("/api/v1/me").bearer(access).send().await.assert_problem(401, "auth.token_invalid");
        refresh(&auth.client, token).await.assert_problem(401, "auth.refresh_token_invalid");
    }
    eventually("the owner gets a mail", BOUND, async || mails(data).len() == 1).await;
    let mail = &mails(data)[0];
    assert!(
        mail.contains(&format!("To: {EMAIL}\r\n")) && mail.contains("One of your devices was signed out"),
        "{mail}"
    );
}

#[tokio::test]
async fn a_killed_service_remembers_which_tokens_were_used_on_sqlite() {
    let _turn = turn().await;
    let folder = tempfile::tempdir().expect("a folder");
    a_replay_after_kills(folder.path(), &sqlite_url(&folder.path().join("auth.sqlite"))).await;
}

#[tokio::test]
async fn a_killed_service_remembers_which_tokens_were_used_on_postgresql() {
    let _turn = turn().await;
    let (postgres, folder) = (Postgres::find(), tempfile::tempdir().expect("a folder"));
    a_replay_after_kills(folder.path(), &postgres.database("refreshes").await).await;
}

#[tokio::test]
async fn the_thirtieth_repeat_of_a_day_is_counted_and_logged_once() {
    let _turn = turn().await;
    let folder = tempfile::tempdir().expect("a folder");
    let database = sqlite_url(&folder.path().join("auth.sqlite"));
    let mut auth = start(&variables(folder.path(), &database)).await;
    let [_, second, third] = chain(&auth.client).await;
    let count = async || {
        let text = auth.client.get("/metrics").send().await.text();
        let line = text.lines().find_map(|line| line.strip_prefix("auth_sessions_repeat_alarms_total "));
        line.expect("the metric is there from the start").to_owned()
    };
    for repeat in 1..=35 {
        let again = pair(&refresh(&auth.client, &second.1).await.assert_status(200));
        assert_eq!(again.1, third.1, "repeat {repeat}");
        assert_eq!(count().await, if repeat < 30 { "0" } else { "1" }, "repeat {repeat}");
    }
    let alarm = "they may have been copied";
    let logged = auth.process.line_with(alarm, BOUND);
    assert!(logged.contains("\"audit\":true") && logged.contains("\"repeats\":30"), "{logged}");
    assert_eq!(auth.process.all_with(alarm).len(), 1);
    assert!(mails(folder.path()).is_empty());
}
