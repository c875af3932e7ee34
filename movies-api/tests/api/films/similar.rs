//! `GET /api/v1/films/{film_id}/similar`.

use crate::app::{TestApp, titles};

#[tokio::test]
async fn films_of_the_same_people_are_closest() {
    let app = TestApp::start().await;
    let godfather = app.film("The Godfather");

    let similar = titles(&app.body(&format!("/api/v1/films/{godfather}/similar")).await);

    assert_eq!(similar[0], "The Godfather Part II");
    assert!(!similar.contains(&"The Godfather".to_owned()), "a film is not like itself");
}

#[tokio::test]
async fn each_film_has_similar_ones_in_a_stable_order() {
    let app = TestApp::start().await;
    for film in ["The Matrix", "Amélie", "Hedgehog in the Fog", "Solaris"] {
        let path = format!("/api/v1/films/{}/similar?page_size=5", app.film(film));

        let similar = app.body(&path).await;

        assert!((1..=5).contains(&titles(&similar).len()), "{film}: {similar}");
        assert_eq!(similar, app.body(&path).await, "{film}");
    }
}

#[tokio::test]
async fn similar_films_of_an_unknown_film_are_not_found() {
    let app = TestApp::start().await;

    let unknown = uuid::Uuid::now_v7();
    app.get(&format!("/api/v1/films/{unknown}/similar")).send().await.assert_problem(404, "movies.film_not_found");
    app.get("/api/v1/films/42/similar").send().await.assert_problem(400, "request.invalid_path");
    let id = app.film("Solaris");
    for (query, status, code) in [
        ("page_size=0", 422, "request.invalid_fields"),
        ("page_size=101", 422, "request.invalid_fields"),
        ("page=1", 400, "request.invalid_query"),
        ("sort=newest", 400, "request.invalid_query"),
    ] {
        let reply = app.get(&format!("/api/v1/films/{id}/similar?{query}")).send().await;
        reply.assert_problem(status, code);
    }
}
