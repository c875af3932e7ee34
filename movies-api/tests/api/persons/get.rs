//! `GET /api/v1/persons/{person_id}`.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_person_is_shown_with_roles_and_films() {
    let app = TestApp::start().await;
    let id = app.person("Charlie Chaplin");

    let body = app.body(&format!("/api/v1/persons/{id}")).await;

    let chaplin = json!({"id": id, "name": "Charlie Chaplin", "roles": ["director", "writer", "actor"], "films": 2});
    assert_eq!(body["person"], chaplin);
}

#[tokio::test]
async fn an_unknown_person_is_not_found() {
    let app = TestApp::start().await;
    let film = app.film("City Lights");

    let unknown = uuid::Uuid::now_v7().to_string();
    for id in [unknown.as_str(), film.as_str()] {
        app.get(&format!("/api/v1/persons/{id}")).send().await.assert_problem(404, "movies.person_not_found");
    }
    let problem = app.get("/api/v1/persons/chaplin").send().await.assert_problem(400, "request.invalid_path");
    assert_eq!(problem["errors"][0]["pointer"], "{person_id}");
}
