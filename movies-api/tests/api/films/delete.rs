//! `DELETE /api/v1/films/{film_id}`.

use crate::app::{TestApp, titles};

#[tokio::test]
async fn a_deleted_film_disappears_from_every_route_at_once() {
    let app = TestApp::start().await;
    let (id, person) = (app.film("City Lights"), app.person("Virginia Cherrill"));
    let path = format!("/api/v1/films/{id}");
    let chaplin = app.person("Charlie Chaplin");

    let reply = app.delete_film(&id).await;

    reply.assert_status(204);
    assert!(reply.body.is_empty());
    app.get(&path).send().await.assert_problem(404, "movies.film_not_found");
    app.get(&format!("{path}/similar")).send().await.assert_problem(404, "movies.film_not_found");
    let editor = app.editor();
    app.read(&path, Some(&editor)).await.assert_problem(404, "movies.film_not_found");
    assert_eq!(app.body("/api/v1/films?total=true").await["total"], 49);
    assert!(!titles(&app.body("/api/v1/films/search?query=city+lights").await).contains(&"City Lights".to_owned()));
    app.get(&format!("/api/v1/persons/{person}")).send().await.assert_problem(404, "movies.person_not_found");
    assert_eq!(titles(&app.body(&format!("/api/v1/persons/{chaplin}/films")).await), ["The Gold Rush"]);
}

#[tokio::test]
async fn a_film_can_be_deleted_once() {
    let app = TestApp::start().await;
    let id = app.film("City Lights");
    let path = format!("/api/v1/films/{id}");
    let editor = app.editor();
    app.delete_film(&id).await.assert_status(204);

    for query in ["", "?version=1"] {
        let again = app.delete(&format!("{path}{query}")).bearer(&editor).send().await;
        again.assert_problem(404, "movies.film_not_found");
    }
    let conditional = app.delete(&path).bearer(&editor).header("if-match", "*").send().await;
    conditional.assert_problem(404, "movies.film_not_found");
    let body = serde_json::json!({"version": 1, "film": {"title": "Back", "year": 1931}});
    app.put(&path).bearer(&editor).json(&body).send().await.assert_problem(404, "movies.film_not_found");
}

#[tokio::test]
async fn a_catalogue_can_be_emptied_and_filled_again() {
    let app = TestApp::start().await;
    let editor = app.editor();
    let films = app.read("/api/v1/films?page_size=100", Some(&editor)).await.assert_status(200);
    assert_eq!(titles(&films).len(), 60);

    for id in crate::app::column(&films, "id") {
        app.delete_film(&id).await.assert_status(204);
    }

    for path in ["/api/v1/films", "/api/v1/genres", "/api/v1/films/search?query=the", "/api/v1/persons/search?query=a"]
    {
        assert_eq!(app.body(path).await["items"], serde_json::json!([]), "{path}");
    }
    assert_eq!(app.body("/api/v1/status").await["catalogue"]["films"], 0);
    let film = serde_json::json!({"title": "The First Again", "year": 2030});
    app.post("/api/v1/films").bearer(&editor).json(&film).send().await.assert_status(201);
    assert_eq!(titles(&app.body("/api/v1/films").await), ["The First Again"]);
}
