//! Requests while the database is unavailable.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};
use serde_json::json;
use service_kit::testing::eventually;

use crate::app::TestApp;

#[tokio::test]
async fn tokens_are_checked_without_the_database() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (open, ended) = (app.signed_in(&user).await, app.signed_in(&user).await);
    app.log_out(&ended.access).await.assert_status(204);
    app.state().store.close().await;

    assert!(app.is_active(&open.access).await);
    assert!(!app.is_active(&ended.access).await);
    app.get("/.well-known/jwks.json").send().await.assert_status(200);
    app.get("/livez").send().await.assert_status(200);
}

#[tokio::test]
async fn endpoints_that_need_the_database_return_503_with_retry_after() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let tokens = app.signed_in(&user).await;
    app.state().store.close().await;

    let body = json!({"email": user.email, "password": user.password});
    let (client, mine) = (("client_id", "marquee"), ("refresh_token", tokens.refresh.as_str()));
    for reply in [
        app.me(&tokens.access).await,
        app.refresh(&tokens.refresh).await,
        app.post("/oauth2/token").form(&[("grant_type", "refresh_token"), client, mine]).send().await,
        app.post("/oauth2/revoke").form(&[("token", tokens.access.as_str()), client]).send().await,
        app.log_out(&tokens.access).await,
        app.log_in(&user.email, &user.password).await,
        app.post("/api/v1/users").json(&body).send().await,
        app.get("/readyz").send().await,
    ] {
        reply.assert_problem(503, "server.unavailable");
        assert!(!reply.header("retry-after").is_empty());
    }
}

/// Locks every table against writes, including those of background work; reads still work.
const LOCK_ALL: &str = "DO $$ DECLARE name regclass; BEGIN \
    FOR name IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace LOOP \
    EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', name); END LOOP; END $$";

#[tokio::test]
async fn a_database_that_rejects_writes_is_reported_until_it_accepts_them() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    let db = app.home.database.connect().await;
    let write =
        async || app.patch("/api/v1/me").bearer(&tokens.access).json(&json!({"display_name": "Ann"})).send().await;
    let storage = async || app.get("/api/v1/status").send().await.assert_status(200)["storage"].clone();
    assert_eq!(storage().await, json!({"status": "pass", "writable": true}));

    let locked = db.begin().await.unwrap();
    let lock = match db.get_database_backend() {
        DbBackend::Postgres => LOCK_ALL,
        _ => "UPDATE users SET region = region WHERE 1 = 0",
    };
    locked.execute_unprepared(lock).await.unwrap();
    write().await.assert_problem(503, "server.unavailable");
    for _ in 0..3 {
        app.me(&tokens.access).await.assert_status(200);
        assert_eq!(storage().await, json!({"status": "warn", "writable": false}), "reads do not prove writes");
    }

    locked.rollback().await.unwrap();
    eventually("writes succeed again", Duration::from_secs(30), async || write().await.status == 200).await;
    assert_eq!(storage().await, json!({"status": "pass", "writable": true}));
}

#[tokio::test]
async fn until_revocations_were_read_once_no_token_is_accepted() {
    let home = crate::app::Home::new().await;
    let first = TestApp::start_in(home.clone(), |_| ()).await;
    let tokens = first.signed_in(&first.user().await).await;
    // Another database without tables, so revocations cannot be read.
    let empty = service_kit::testing::TestDatabase::create().await;
    let blind = TestApp::start_in(home, |config| {
        config.migrate = false;
        config.database_url = empty.url().to_owned().into();
    })
    .await;
    blind.me(&tokens.access).await.assert_problem(503, "auth.unavailable");
    let (id, secret) = crate::app::CLIENT;
    let ask = blind.post("/oauth2/introspect").basic(id, secret).form(&[("token", &tokens.access)]);
    ask.send().await.assert_problem(503, "server.unavailable");
}
