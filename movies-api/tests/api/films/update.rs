//! `PUT /api/v1/films/{film_id}`.

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use super::create::whole_film;
use crate::app::{TestApp, titles, with_query};

async fn put(app: &TestApp, id: &str, version: &Value, film: &Value) -> TestReply {
    let body = json!({"version": version, "film": film});
    app.put(&format!("/api/v1/films/{id}")).bearer(&app.editor()).json(&body).send().await
}

async fn version(app: &TestApp, id: &str) -> Value {
    let editor = app.editor();
    app.read(&format!("/api/v1/films/{id}"), Some(&editor)).await.assert_status(200)["film"]["version"].clone()
}

#[tokio::test]
async fn a_changed_film_is_read_back_at_once_from_everywhere() {
    let app = TestApp::start().await;
    let id = app.film("Solaris");
    let before = version(&app, &id).await;

    let film = put(&app, &id, &before, &whole_film()).await.assert_status(200)["film"].clone();

    assert_eq!(film["id"], id);
    assert!(film["version"].as_u64() > before.as_u64());
    let shown = app.body(&format!("/api/v1/films/{id}")).await["film"].clone();
    assert_eq!((&shown["title"], &shown["version"]), (&json!("The Long Take"), &film["version"]));
    assert_eq!(titles(&app.body("/api/v1/films").await)[0], "The Long Take");
    let found = async |query: &str| titles(&app.body(&with_query("/api/v1/films/search", &[("query", query)])).await);
    assert_eq!(found("long take").await, ["The Long Take"]);
    assert!(!found("solaris").await.contains(&"Solaris".to_owned()));
    assert_eq!(found("солярис").await, [""; 0]);
    assert_eq!(app.body("/api/v1/films?total=true").await["total"], 50);
}

#[tokio::test]
async fn omitted_fields_are_removed() {
    let app = TestApp::start().await;
    let id = app.film("Solaris");

    put(&app, &id, &version(&app, &id).await, &json!({"title": "Solaris", "year": 1972})).await.assert_status(200);

    let film = app.body(&format!("/api/v1/films/{id}")).await["film"].clone();
    assert_eq!(film["people"], json!([]));
    assert_eq!(film["titles"], json!({"en": "Solaris"}));
    assert!(film.get("rating").is_none() && film.get("synopsis").is_none());
}

#[tokio::test]
async fn an_update_of_a_stale_version_is_a_conflict() {
    let app = TestApp::start().await;
    let id = app.film("Solaris");
    let read_by_both = version(&app, &id).await;
    put(&app, &id, &read_by_both, &json!({"title": "First", "year": 1972})).await.assert_status(200);

    let second = put(&app, &id, &read_by_both, &json!({"title": "Second", "year": 1972})).await;

    second.assert_problem(409, "movies.film_conflict");
    assert_eq!(app.body(&format!("/api/v1/films/{id}")).await["film"]["title"], "First");
    let made_up = put(&app, &id, &json!(9_007_199_254_740_991_u64), &json!({"title": "Third", "year": 1972})).await;
    made_up.assert_problem(409, "movies.film_conflict");
}

#[tokio::test]
async fn of_concurrent_updates_one_wins() {
    let app = TestApp::start().await;
    let id = app.film("Solaris");
    let read_by_all = version(&app, &id).await;

    let replies = futures_util::future::join_all((0..8).map(|number| {
        let (app, id, version) = (&app, id.as_str(), &read_by_all);
        async move { put(app, id, version, &json!({"title": format!("By {number}"), "year": 1972})).await }
    }))
    .await;

    let won: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(won.len(), 1);
    replies.iter().filter(|reply| reply.status != 200).for_each(|reply| {
        reply.assert_problem(409, "movies.film_conflict");
    });
    let shown = app.body(&format!("/api/v1/films/{id}")).await["film"]["title"].clone();
    assert_eq!(shown, won[0].json()["film"]["title"]);
}

#[tokio::test]
async fn an_unknown_film_cannot_be_updated() {
    let app = TestApp::start().await;
    let unknown = uuid::Uuid::now_v7().to_string();

    put(&app, &unknown, &json!(1), &whole_film()).await.assert_problem(404, "movies.film_not_found");
    put(&app, "42", &json!(1), &whole_film()).await.assert_problem(400, "request.invalid_path");
}

#[tokio::test]
async fn bad_fields_are_named_below_the_film() {
    let app = TestApp::start().await;
    let id = app.film("Solaris");
    let pointer = async |body: Value| {
        let reply = app.put(&format!("/api/v1/films/{id}")).bearer(&app.editor()).json(&body).send().await;
        reply.assert_problem(422, "request.invalid_fields")["errors"][0]["pointer"].clone()
    };

    assert_eq!(pointer(json!({"version": 1, "film": {"title": "x", "year": 1500}})).await, "/film/year");
    assert_eq!(pointer(json!({"version": 1, "film": {"year": 1999}})).await, "/film/title");
    assert_eq!(pointer(json!({"version": 1, "film": {"title": "x", "year": 1999, "colour": 1}})).await, "/film/colour");
    assert_eq!(pointer(json!({"version": 1})).await, "/film");
    assert_eq!(pointer(json!({"film": {"title": "x", "year": 1999}})).await, "/version");
    assert_eq!(pointer(json!({"version": -1, "film": {"title": "x", "year": 1999}})).await, "/version");
    assert_eq!(pointer(json!({"version": 1_u64 << 53, "film": {"title": "x", "year": 1999}})).await, "/version");
    assert_eq!(pointer(json!({"version": 1, "film": {"title": "x", "year": 1999}, "force": true})).await, "/force");
}

#[tokio::test]
async fn a_film_rated_18_disappears_for_anonymous_viewers_at_once() {
    let app = TestApp::start().await;
    let id = app.film("Solaris");
    let film = json!({"title": "Solaris", "year": 1972, "age_rating": 18, "genres": ["drama"]});

    put(&app, &id, &version(&app, &id).await, &film).await.assert_status(200);

    app.get(&format!("/api/v1/films/{id}")).send().await.assert_problem(404, "movies.film_not_found");
    assert_eq!(app.body("/api/v1/films?total=true").await["total"], 49);
}
