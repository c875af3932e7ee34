//! The catalogue is served from memory: it stays readable while the database is unavailable.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, TransactionTrait};
use serde_json::json;
use service_kit::testing::eventually;
use service_kit::{Clock, SystemClock};

use crate::app::{TestApp, titles};
use crate::routes;

/// Hides the tables from the running service, as a dropped or half-restored database would.
async fn hide_tables(db: &DatabaseConnection) {
    for table in ["films", "catalogue_feed", "persons", "genres"] {
        let rename = format!("ALTER TABLE {table} RENAME TO {table}_hidden");
        db.execute_unprepared(&rename).await.expect("the table can be renamed");
    }
}

async fn restore_tables(db: &DatabaseConnection) {
    for table in ["genres", "persons", "films", "catalogue_feed"] {
        let rename = format!("ALTER TABLE {table}_hidden RENAME TO {table}");
        db.execute_unprepared(&rename).await.expect("the table can be renamed");
    }
}

async fn catalogue_is(app: &TestApp, health: &str) {
    eventually(&format!("the catalogue is {health}"), Duration::from_secs(20), async || {
        app.body("/api/v1/status").await["catalogue"]["status"] == health
    })
    .await;
}

#[tokio::test]
async fn every_read_is_served_while_the_database_is_unavailable() {
    let app = TestApp::start().await;
    let db = app.database.connect().await;
    let calls = routes::optional(&app);
    let mut before = Vec::new();
    for call in &calls {
        before.push(call.on(&app).send().await);
    }

    hide_tables(&db).await;
    catalogue_is(&app, "warn").await;

    for (call, before) in calls.iter().zip(&before) {
        let now = call.on(&app).send().await;
        assert_eq!((now.status.as_u16(), &now.body), (200, &before.body), "{}", call.path);
    }
    let member = app.aged(18);
    assert_eq!(app.read("/api/v1/films?total=true", Some(&member)).await.assert_status(200)["total"], 60);
    app.get("/readyz").send().await.assert_status(200);
    let status = app.body("/api/v1/status").await;
    assert_eq!((&status["status"], &status["catalogue"]["films"]), (&json!("warn"), &json!(60)));
}

#[tokio::test]
async fn writes_fail_while_the_database_is_unavailable_and_work_afterwards() {
    let app = TestApp::start().await;
    let (db, editor) = (app.database.connect().await, app.editor());
    hide_tables(&db).await;
    catalogue_is(&app, "warn").await;

    for call in routes::editors(&app) {
        let reply = call.on(&app).bearer(&editor).send().await;
        assert!(matches!(reply.status.as_u16(), 500 | 503), "{}: {}", call.endpoint.id, reply.text());
        let code = if reply.status == 500 { "server.internal" } else { "movies.read_only" };
        let problem = reply.assert_problem(reply.status.as_u16(), code);
        let text = problem.to_string().to_lowercase();
        assert!(!text.contains("table") && !text.contains("sql"), "the cause stays inside: {text}");
    }
    assert_eq!(app.body("/api/v1/films?total=true").await["total"], 50);

    restore_tables(&db).await;
    catalogue_is(&app, "pass").await;
    let film = json!({"title": "After the Flood", "year": 2100});
    app.post("/api/v1/films").bearer(&editor).json(&film).send().await.assert_status(201);
    assert_eq!(titles(&app.body("/api/v1/films").await)[0], "After the Flood");
}

#[tokio::test]
async fn a_database_that_answers_reads_and_takes_no_writes_is_reported_until_it_takes_them() {
    let app = TestApp::start().await;
    let (db, editor) = (app.database.connect().await, app.editor());
    let film = json!({"title": "Never Written", "year": 2100});
    let write = async || app.post("/api/v1/films").bearer(&editor).json(&film).send().await;
    let storage = async || app.body("/api/v1/status").await["storage"].clone();
    assert_eq!(storage().await, json!({"status": "pass", "writable": true}));

    let locked = db.begin().await.expect("a transaction");
    let lock = match db.get_database_backend() {
        DbBackend::Postgres => "LOCK TABLE films, persons, genres, catalogue_feed IN EXCLUSIVE MODE", // reads go on
        _ => "UPDATE films SET seq = seq WHERE 1 = 0",
    };
    locked.execute_unprepared(lock).await.expect("the lock");
    write().await.assert_problem(503, "movies.read_only");
    for _ in 0..3 {
        assert_eq!(app.body("/api/v1/films?total=true").await["total"], 50);
        assert_eq!(storage().await, json!({"status": "warn", "writable": false}), "reads say nothing about writes");
    }

    locked.rollback().await.expect("the lock is free");
    eventually("writes are made again", Duration::from_secs(30), async || write().await.status == 201).await;
    assert_eq!(storage().await, json!({"status": "pass", "writable": true}));
}

#[tokio::test]
async fn writes_of_other_replicas_show_by_themselves() {
    let app = TestApp::start().await;
    let store = movies_api::storage::CatalogueStore::new(app.database.connect().await);
    let draft = serde_json::from_value(json!({"title": "By a Replica", "year": 2150})).expect("a draft");

    let film = store.insert(&draft, SystemClock.now()).await.expect("the database takes it");

    eventually("the film shows", Duration::from_secs(10), async || {
        titles(&app.body("/api/v1/films").await)[0] == "By a Replica"
    })
    .await;
    store.delete(film.id, film.seq, SystemClock.now()).await.expect("the database takes it");
    eventually("the film is gone", Duration::from_secs(10), async || {
        titles(&app.body("/api/v1/films").await)[0] != "By a Replica"
    })
    .await;
}

#[tokio::test]
async fn a_service_without_its_database_is_alive_and_not_ready() {
    let app = TestApp::start_unready(&["--database-url", "postgres://nobody@127.0.0.1:9/nowhere"]).await;
    let nothing = uuid::Uuid::now_v7();

    for path in ["/api/v1/films", "/api/v1/genres", "/api/v1/films/search?query=x", "/api/v1/persons/search?query=x"] {
        let reply = app.get(path).send().await;
        reply.assert_problem(503, "movies.loading");
        assert_eq!(reply.header("retry-after"), "1", "{path}");
    }
    app.get(&format!("/api/v1/films/{nothing}")).send().await.assert_problem(503, "movies.loading");
    app.get("/readyz").send().await.assert_problem(503, "server.unavailable");
    app.get("/livez").send().await.assert_status(200);
    let status = app.body("/api/v1/status").await;
    assert_eq!((&status["status"], &status["catalogue"]["status"]), (&json!("fail"), &json!("fail")));
    assert_eq!(status["catalogue"]["films"], 0);
}

#[tokio::test]
async fn requests_of_editors_without_a_database_are_503_with_retry_after() {
    let app = TestApp::start_unready(&["--database-url", "postgres://nobody@127.0.0.1:9/nowhere"]).await;
    let (editor, nothing) = (app.editor(), uuid::Uuid::now_v7());
    let film = json!({"title": "Lost", "year": 2000});
    let path = format!("/api/v1/films/{nothing}");

    let (created, updated, deleted, changes) = futures_util::join!(
        app.post("/api/v1/films").bearer(&editor).json(&film).send(),
        app.put(&path).bearer(&editor).json(&json!({"version": 1, "film": film})).send(),
        app.delete(&path).bearer(&editor).send(),
        app.get("/api/v1/films/changes").bearer(&editor).send(),
    );

    for reply in [created, updated, deleted] {
        reply.assert_problem(503, "movies.read_only");
        assert_ne!(reply.header("retry-after"), "");
    }
    changes.assert_problem(503, "server.unavailable");
    assert_ne!(changes.header("retry-after"), "");
}
