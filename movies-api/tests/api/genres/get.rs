//! `GET /api/v1/genres/{genre}`.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_genre_is_shown_by_its_slug() {
    let app = TestApp::start().await;

    let body = app.body("/api/v1/genres/science-fiction").await;

    assert_eq!(body["genre"], json!({"slug": "science-fiction", "name": "Science fiction", "films": 9}));
}

#[tokio::test]
async fn a_genre_that_no_film_has_is_not_found() {
    let app = TestApp::start().await;

    for slug in ["opera", "Drama", "drama%20", "%00", "%FF", "%F0%9F%8E%AC", "драма", "drama%2Fx"] {
        let reply = app.get(&format!("/api/v1/genres/{slug}")).send().await;
        reply.assert_problem(404, "movies.genre_not_found");
    }
}

#[tokio::test]
async fn a_genre_disappears_with_its_last_film() {
    let app = TestApp::start().await;
    let id = app.film("Sunset Boulevard");
    app.body("/api/v1/genres/noir").await;

    app.delete_film(&id).await.assert_status(204);

    app.get("/api/v1/genres/noir").send().await.assert_problem(404, "movies.genre_not_found");
    assert!(!app.body("/api/v1/genres").await.to_string().contains("noir"));
}
