//! `If-Match`, `If-None-Match` and the version on writes of films (RFC 9110 §13).

use serde_json::{Value, json};
use service_kit::testing::{TestReply, TestRequest};

use crate::app::TestApp;

/// A film that an editor looks at.
struct Seen {
    path: String,
    tag: String,
    version: u64,
}

async fn see(app: &TestApp, language: &str) -> Seen {
    let path = format!("/api/v1/films/{}", app.film("Solaris"));
    let reply = app.get(&path).bearer(&app.editor()).header("accept-language", language).send().await;
    let version = reply.assert_status(200)["film"]["version"].as_u64().expect("a version");
    Seen { tag: reply.header("etag").to_owned(), path, version }
}

impl Seen {
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

/// An editor looks, another one saves, and the first one goes on with what is not so any more.
async fn overtaken(app: &TestApp) -> (Seen, u64) {
    let seen = see(app, "en").await;
    let written = seen.put(app, seen.version, "By Another").send().await.assert_status(200);
    (seen, written["film"]["version"].as_u64().expect("a version"))
}

#[tokio::test]
async fn a_stale_tag_changes_nothing_even_with_the_right_version() {
    let app = TestApp::start().await;
    let (seen, now) = overtaken(&app).await;

    assert_failed(&seen.put(&app, now, "Overwritten").header("if-match", &seen.tag).send().await);
    assert_failed(&seen.put(&app, seen.version, "Overwritten").header("if-match", &seen.tag).send().await);
    assert_failed(&seen.delete(&app, "").header("if-match", &seen.tag).send().await);
    assert_failed(&seen.delete(&app, &format!("?version={now}")).header("if-match", &seen.tag).send().await);

    assert_eq!(seen.title(&app).await, "By Another");
}

#[tokio::test]
async fn a_tag_that_is_current_lets_the_write_through_whatever_the_language() {
    let app = TestApp::start().await;
    for language in ["en", "ru"] {
        let seen = see(&app, language).await;
        let lines = format!("\"some-other\", {}", seen.tag);
        seen.put(&app, seen.version, "Solaris").header("if-match", &lines).send().await.assert_status(200);
    }
    let seen = see(&app, "en").await;
    seen.delete(&app, "")
        .header("if-match", "\"some-other\"")
        .header("if-match", &seen.tag)
        .send()
        .await
        .assert_status(204);
}

#[tokio::test]
async fn tags_that_are_not_ours_or_weak_match_nothing() {
    let app = TestApp::start().await;
    let seen = see(&app, "en").await;

    for tag in ["\"x\"", "", "nonsense", &format!("W/{}", seen.tag), seen.tag.trim_matches('"')] {
        assert_failed(&seen.put(&app, seen.version, "Overwritten").header("if-match", tag).send().await);
        assert_failed(&seen.delete(&app, "").header("if-match", tag).send().await);
    }

    assert_eq!(seen.title(&app).await, "Solaris");
    seen.put(&app, seen.version, "Solaris").header("if-match", "*").send().await.assert_status(200);
}

#[tokio::test]
async fn if_none_match_refuses_writes_to_what_is_there() {
    let app = TestApp::start().await;
    let seen = see(&app, "en").await;

    for tag in ["*", &seen.tag, &format!("W/{}", seen.tag)] {
        assert_failed(&seen.put(&app, seen.version, "Overwritten").header("if-none-match", tag).send().await);
        let version = format!("?version={}", seen.version);
        assert_failed(&seen.delete(&app, &version).header("if-none-match", tag).send().await);
    }

    assert_eq!(seen.title(&app).await, "Solaris");
    seen.put(&app, seen.version, "Solaris").header("if-none-match", "\"x\"").send().await.assert_status(200);
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
async fn a_deletion_names_the_version_that_was_seen() {
    let app = TestApp::start().await;
    let (seen, now) = overtaken(&app).await;

    seen.delete(&app, "").send().await.assert_problem(428, "request.precondition_required");
    seen.delete(&app, "").header("if-match", "*").send().await.assert_problem(428, "request.precondition_required");
    let stale = seen.delete(&app, &format!("?version={}", seen.version)).send().await;
    stale.assert_problem(409, "movies.film_conflict");
    seen.delete(&app, "?version=x").send().await.assert_problem(422, "request.invalid_fields");
    seen.delete(&app, "?force=1").send().await.assert_problem(400, "request.invalid_query");

    assert_eq!(seen.title(&app).await, "By Another");
    seen.delete(&app, &format!("?version={now}")).send().await.assert_status(204);
}

#[tokio::test]
async fn of_editors_who_delete_and_save_together_one_wins() {
    let app = TestApp::start().await;
    let seen = see(&app, "en").await;
    let query = format!("?version={}", seen.version);

    let (deleted, saved) = tokio::join!(
        seen.delete(&app, &query).header("if-match", &seen.tag).send(),
        seen.put(&app, seen.version, "Saved").header("if-match", &seen.tag).send()
    );

    match (deleted.status.as_u16(), saved.status.as_u16()) {
        (204, 404 | 409) | (409 | 412, 200) => {}
        both => panic!("{both:?}"),
    }
}
