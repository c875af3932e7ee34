//! `GET /api/v1/genres`.

use serde_json::json;

use crate::app::{TestApp, column};

#[tokio::test]
async fn genres_are_listed_with_their_films_the_largest_first() {
    let app = TestApp::start().await;

    let body = app.body("/api/v1/genres").await;

    let counts: Vec<_> =
        body["items"].as_array().expect("a list").iter().map(|genre| genre["films"].as_u64()).collect();
    assert!(counts.is_sorted_by(|one, two| one >= two), "{counts:?}");
    assert_eq!(body["items"][0], json!({"slug": "drama", "name": "Drama", "films": 21}));
    assert_eq!(body["items"][1], json!({"slug": "comedy", "name": "Comedy", "films": 19}));
    assert_eq!(counts.len(), 24);
}

#[tokio::test]
async fn each_genre_counts_the_films_that_its_list_shows() {
    let app = TestApp::start().await;
    let adult = app.aged(18);

    for token in [None, Some(adult.as_str())] {
        let genres = app.read("/api/v1/genres", token).await.assert_status(200);
        for (index, slug) in column(&genres, "slug").iter().enumerate() {
            let films = app.read(&format!("/api/v1/films?genre={slug}&total=true"), token).await.assert_status(200);
            assert_eq!(films["total"], genres["items"][index]["films"], "{slug}");
            let genre = app.read(&format!("/api/v1/genres/{slug}"), token).await.assert_status(200);
            assert_eq!(genre["genre"], genres["items"][index], "{slug}");
        }
    }
}

#[tokio::test]
async fn the_list_of_genres_takes_no_parameters() {
    let app = TestApp::start().await;

    app.get("/api/v1/genres?page=1").send().await.assert_problem(400, "request.invalid_query");
}
