//! `If-Match`, `If-None-Match` and the version on writes of films (RFC 9110 §13).

use serde_json::{Value, json};
use service_kit::testing::{TestReply, TestRequest};

use crate::app::TestApp;

/// A film as an editor has read it.
struct ReadFilm {
    path: String,
    tag: String,
    version: u64,
}

async fn read_film(app: &TestApp, language: &str) -> ReadFilm {
    let path = format!("/api/v1/films/{}", app.film("Solaris"));
    let reply = app.get(&path).bearer(&app.editor()).header("accept-language", language).send().await;
    let version = reply.assert_status(200)["film"]["version"].as_u64().expect("a version");
    ReadFilm { tag: reply.header("etag").to_owned(), path, version }
}

impl ReadFilm {
    fn put(&self, app: &TestApp, version: u64, title: &str) -> TestRequest {
        let body = json!({"version": version, "film": {"title": title, "year": 1972}});
        app.put(&self.path).bearer(&app.editor()).json(&body)
    }

    fn delete(&self, app: &TestApp, query: &str) -> TestRequest {
        app.delete(&format!("{}{query}", self.path)).bearer(&app.editor())
    }

    async fn title(&self, app: &TestApp) -> Value {
        app.body(&self.path).await["film"]["title"].clone()
    }
}

#[track_caller]
fn assert_failed(reply: &TestReply) {
    reply.assert_problem(412, "request.precondition_failed");
}

/// An editor reads, another one saves, and the first one continues with a stale film.
async fn read_and_overwritten(app: &TestApp) -> (ReadFilm, u64) {
    let film = read_film(app, "en").await;
    let written = film.put(app, film.version, "By Another").send().await.assert_status(200);
    (film, written["film"]["version"].as_u64().expect("a version"))
}

#[tokio::test]
async fn a_stale_tag_changes_nothing_even_with_the_right_version() {
    let app = TestApp::start().await;
    let (film, now) = read_and_overwritten(&app).await;

    assert_failed(&film.put(&app, now, "Overwritten").header("if-match", &film.tag).send().await);
    assert_failed(&film.put(&app, film.version, "Overwritten").header("if-match", &film.tag).send().await);
    assert_failed(&film.delete(&app, "").header("if-match", &film.tag).send().await);
    assert_failed(&film.delete(&app, &format!("?version={now}")).header("if-match", &film.tag).send().await);

    assert_eq!(film.title(&app).await, "By Another");
}

#[tokio::test]
async fn a_current_tag_allows_the_write_in_every_language() {
    let app = TestApp::start().await;
    for language in ["en", "ru"] {
        let film = read_film(&app, language).await;
        let lines = format!("\"some-other\", {}", film.tag);
        film.put(&app, film.version, "Solaris").header("if-match", &lines).send().await.assert_status(200);
    }
    let film = read_film(&app, "en").await;
    film.delete(&app, "")
        .header("if-match", "\"some-other\"")
        .header("if-match", &film.tag)
        .send()
        .await
        .assert_status(204);
}

#[tokio::test]
async fn foreign_or_weak_tags_match_nothing() {
    let app = TestApp::start().await;
    let film = read_film(&app, "en").await;

    for tag in ["\"x\"", "", "nonsense", &format!("W/{}", film.tag), film.tag.trim_matches('"')] {
        assert_failed(&film.put(&app, film.version, "Overwritten").header("if-match", tag).send().await);
        assert_failed(&film.delete(&app, "").header("if-match", tag).send().await);
    }

    assert_eq!(film.title(&app).await, "Solaris");
    film.put(&app, film.version, "Solaris").header("if-match", "*").send().await.assert_status(200);
}

#[tokio::test]
async fn if_none_match_rejects_writes_to_an_existing_film() {
    let app = TestApp::start().await;
    let film = read_film(&app, "en").await;

    for tag in ["*", &film.tag, &format!("W/{}", film.tag)] {
        assert_failed(&film.put(&app, film.version, "Overwritten").header("if-none-match", tag).send().await);
        let version = format!("?version={}", film.version);
        assert_failed(&film.delete(&app, &version).header("if-none-match", tag).send().await);
    }

    assert_eq!(film.title(&app).await, "Solaris");
    film.put(&app, film.version, "Solaris").header("if-none-match", "\"x\"").send().await.assert_status(200);
}

#[tokio::test]
async fn a_film_is_added_only_without_preconditions_about_the_list() {
    let app = TestApp::start().await;
    let film = json!({"title": "New", "year": 2020});
    let add = || app.post("/api/v1/films").bearer(&app.editor()).json(&film);

    for (name, value) in [("if-match", "\"x\""), ("if-none-match", "*"), ("if-none-match", "\"x\"")] {
        assert_failed(&add().header(name, value).send().await);
    }

    assert_eq!(app.body("/api/v1/films?total=true").await["total"], 50);
    add().header("if-match", "*").send().await.assert_status(201);
}

#[tokio::test]
async fn a_deletion_names_the_version_that_was_read() {
    let app = TestApp::start().await;
    let (film, now) = read_and_overwritten(&app).await;

    film.delete(&app, "").send().await.assert_problem(428, "request.precondition_required");
    film.delete(&app, "").header("if-match", "*").send().await.assert_problem(428, "request.precondition_required");
    let stale = film.delete(&app, &format!("?version={}", film.version)).send().await;
    stale.assert_problem(409, "movies.film_conflict");
    film.delete(&app, "?version=x").send().await.assert_problem(422, "request.invalid_fields");
    film.delete(&app, "?force=1").send().await.assert_problem(400, "request.invalid_query");

    assert_eq!(film.title(&app).await, "By Another");
    film.delete(&app, &format!("?version={now}")).send().await.assert_status(204);
}

#[tokio::test]
async fn of_a_concurrent_deletion_and_update_one_wins() {
    let app = TestApp::start().await;
    let film = read_film(&app, "en").await;
    let query = format!("?version={}", film.version);

    let (deleted, saved) = tokio::join!(
        film.delete(&app, &query).header("if-match", &film.tag).send(),
        film.put(&app, film.version, "Saved").header("if-match", &film.tag).send()
    );

    match (deleted.status.as_u16(), saved.status.as_u16()) {
        (204, 404 | 409) | (409 | 412, 200) => {}
        both => panic!("{both:?}"),
    }
}
