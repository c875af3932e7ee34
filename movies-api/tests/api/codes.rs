//! Every problem code that the contract allows movies-api is provoked, or listed here with the reason why not.

use std::collections::BTreeSet;
use std::time::Duration;

use contracts::problem::Code;
use contracts::{codes, health, movies};
use serde_json::json;
use service_kit::testing::{TestReply, eventually};
use uuid::Uuid;

use crate::app::TestApp;
use crate::auth_stand_in::Failure;
use crate::broken_bodies::create_by_chunks;

/// Codes that the contract allows and that none of our requests can cause.
const UNREACHABLE: &[(&Code, &str)] = &[
    (codes::MALFORMED_FORM, "no endpoint of movies-api takes a form"),
    (codes::REQUEST_TIMEOUT, "takes ten seconds of a stalled body; tested in service-kit"),
];

/// The codes seen so far.
#[derive(Default)]
struct Seen(BTreeSet<String>);

impl Seen {
    fn record(&mut self, reply: &TestReply) {
        let problem = reply.json();
        let code = problem["code"].as_str().unwrap_or_else(|| panic!("no problem: {problem}"));
        reply.assert_problem(reply.status.as_u16(), code);
        self.0.insert(code.to_owned());
    }
}

async fn provoke_by_reading(app: &TestApp, seen: &mut Seen) {
    let nothing = Uuid::now_v7();
    for path in [
        "/api/v1/films?colour=red",
        "/api/v1/films/42",
        "/nowhere",
        "/api/v1/films?cursor=x",
        "/api/v1/genres/opera",
        &format!("/api/v1/films/{nothing}"),
        &format!("/api/v1/persons/{nothing}"),
        "/api/v1/films/changes",
    ] {
        seen.record(&app.get(path).send().await);
    }
    seen.record(&app.get("/api/v1/films").bearer("a.bad.token").send().await);
    let member = app.aged(30);
    seen.record(&app.get("/api/v1/films/changes").bearer(&member).send().await);
    seen.record(&app.delete("/api/v1/films").send().await);
}

async fn provoke_by_writing(app: &TestApp, seen: &mut Seen) {
    let editor = app.editor();
    let post = || app.post("/api/v1/films").bearer(&editor);
    seen.record(&post().body("application/json", "{").send().await);
    seen.record(&post().body("text/plain", "{}").send().await);
    seen.record(&post().body("application/json", vec![b' '; movies::writes::MAX_FILM_BODY + 1]).send().await);
    seen.record(&post().json(&json!({})).send().await);
    let update = json!({"version": 0, "film": {"title": "x", "year": 2000}});
    let path = format!("/api/v1/films/{}", app.film("Solaris"));
    seen.record(&app.put(&path).bearer(&editor).json(&update).send().await);
    seen.record(&app.put(&path).bearer(&editor).json(&update).header("if-match", "\"x\"").send().await);
    seen.record(&app.delete(&path).bearer(&editor).send().await);
    seen.record(&create_by_chunks(app, "", "xyz\r\n").await);
    app.auth.fail(Failure::Returns500).await;
    seen.record(&post().json(&json!({"title": "x", "year": 2000})).send().await);
    app.auth.recover();
    let _searches = app.occupy_searches();
    seen.record(&app.get("/api/v1/films/search?query=x").send().await);
}

#[tokio::test]
async fn every_code_of_the_contract_can_be_provoked() {
    let mut seen = Seen::default();
    let mut app = TestApp::start_with(&["--shutdown-delay", "5s"]).await;
    provoke_by_reading(&app, &mut seen).await;
    provoke_by_writing(&app, &mut seen).await;
    let db = app.database.connect().await;
    sea_orm::ConnectionTrait::execute_unprepared(&db, "ALTER TABLE catalogue_feed RENAME TO hidden")
        .await
        .expect("renamed");
    let film = json!({"title": "x", "year": 2000});
    seen.record(&app.post("/api/v1/films").bearer(&app.editor()).json(&film).send().await);
    app.begin_to_stop();
    eventually("it drains", Duration::from_secs(4), async || app.get("/readyz").send().await.status == 503).await;
    seen.record(&app.get("/readyz").send().await);

    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("limits.toml");
    std::fs::write(&file, "policies.search.quota = '1/1h'").expect("a file can be written");
    let file = file.to_str().expect("the folder's name is text");
    let strict = TestApp::start_unready(&["--limits", "on", "--limits-file", file]).await;
    strict.get("/api/v1/films/search?query=x").send().await;
    seen.record(&strict.get("/api/v1/films/search?query=x").send().await);

    let nameless = TestApp::start_unready(&["--require-request-id", "true"]).await;
    seen.record(&nameless.get("/api/v1/films").send().await);

    let empty = TestApp::start_unready(&["--database-url", "postgres://nobody@127.0.0.1:9/nowhere"]).await;
    seen.record(&empty.get("/readyz").send().await);
    seen.record(&empty.get("/api/v1/films").send().await);
    seen.record(&empty.delete(&format!("/api/v1/films/{}", Uuid::now_v7())).bearer(&empty.editor()).send().await);

    let endpoints = movies::ENDPOINTS.iter().chain(health::ENDPOINTS);
    let declared = endpoints.flat_map(|endpoint| [endpoint.errors, codes::EVERYWHERE, codes::of_auth(endpoint.auth)]);
    let declared: BTreeSet<_> = declared.flatten().map(|code| code.code.to_owned()).collect();
    seen.0.extend(UNREACHABLE.iter().map(|(code, _)| code.code.to_owned()));
    assert_eq!(seen.0, declared);
}
