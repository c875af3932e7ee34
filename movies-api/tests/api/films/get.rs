//! `GET /api/v1/films/{film_id}`.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn a_film_is_shown_with_all_details() {
    let app = TestApp::start().await;
    let id = app.film("The Matrix");

    let body = app.body(&format!("/api/v1/films/{id}")).await;

    assert_eq!(body["viewer"], json!({"mode": "anonymous"}));
    let film = &body["film"];
    assert_eq!(film["id"], id);
    assert_eq!(film["titles"], json!({"en": "The Matrix", "ru": "Матрица"}));
    assert_eq!(film["year"], 1999);
    assert_eq!(film["countries"], json!(["US", "AU"]));
    assert_eq!(film["genres"][0], json!({"slug": "science-fiction", "name": "Science fiction"}));
    assert_eq!((&film["age_rating"], &film["tier"]), (&json!(16), &json!("subscription")));
    assert_eq!(film["votes"], 2_100_000);
    assert!((film["rating"].as_f64().expect("a rating") - 8.7).abs() < 1e-6, "{}", film["rating"]);
    assert!(film["version"].as_u64() >= Some(1));
    let people = film["people"].as_array().expect("people");
    assert_eq!(people[0]["role"], "director");
    assert_eq!(people[0]["name"], "Lana Wachowski");
    assert_eq!(people[0]["person_id"], app.person("Lana Wachowski"));
    let neo = people.iter().find(|credit| credit["name"] == "Keanu Reeves").expect("he plays in it");
    assert_eq!((&neo["role"], &neo["character"]), (&json!("actor"), &json!("Neo")));
    let roles: Vec<_> = people.iter().map(|credit| credit["role"].as_str().expect("a role")).collect();
    let rank = |role: &&str| ["director", "writer", "actor"].iter().position(|one| one == role);
    assert!(roles.is_sorted_by_key(rank), "{roles:?}");
}

#[tokio::test]
async fn an_unknown_film_is_not_found() {
    let app = TestApp::start().await;

    for id in [uuid::Uuid::now_v7(), uuid::Uuid::nil(), uuid::Uuid::max()] {
        app.get(&format!("/api/v1/films/{id}")).send().await.assert_problem(404, "movies.film_not_found");
    }
}

#[tokio::test]
async fn a_malformed_id_is_a_bad_path() {
    let app = TestApp::start().await;

    for id in ["42", "the-matrix", "%00", "%FF", "0190a0a0-0000-7000-8000-00000000000g", "тест", "a%2Fb"] {
        let problem = app.get(&format!("/api/v1/films/{id}")).send().await.assert_problem(400, "request.invalid_path");
        assert_eq!(problem["errors"][0]["pointer"], "{film_id}", "{id}");
    }
}

#[tokio::test]
async fn a_film_takes_no_parameters() {
    let app = TestApp::start().await;
    let id = app.film("The Matrix");

    let problem =
        app.get(&format!("/api/v1/films/{id}?lang=ru")).send().await.assert_problem(400, "request.invalid_query");

    assert_eq!(problem["errors"][0]["pointer"], "?lang");
}
