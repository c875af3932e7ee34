//! `GET /api/v1/persons/{person_id}/films`.

use serde_json::json;

use crate::app::{TestApp, titles};

#[tokio::test]
async fn films_of_a_person_are_listed_newest_first() {
    let app = TestApp::start().await;
    let id = app.person("Leonid Gaidai");

    let films = titles(&app.body(&format!("/api/v1/persons/{id}/films")).await);

    assert_eq!(films, ["Ivan Vasilievich Changes His Profession", "The Diamond Arm"]);
}

#[tokio::test]
async fn cursors_and_numbers_lead_past_every_film_once() {
    let app = TestApp::start().await;
    let editor = app.editor();
    for number in 0..10 {
        let film = json!({"title": format!("Part {number}"), "year": 2000 + number / 3, "cast": ["Busy Actor"]});
        app.post("/api/v1/films").bearer(&editor).json(&film).send().await.assert_status(201);
    }
    let path = format!("/api/v1/persons/{}/films", app.person("Busy Actor"));
    let whole = titles(&app.body(&path).await);
    assert_eq!(whole.len(), 10);

    let (mut pages, mut cursor) = (Vec::new(), String::new());
    for number in 1..=4 {
        let page = app.body(&format!("{path}?page_size=3{cursor}")).await;
        assert_eq!(titles(&page), titles(&app.body(&format!("{path}?page_size=3&page={number}")).await));
        pages.extend(titles(&page));
        cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap_or_default());
    }

    assert_eq!(pages, whole);
    assert_eq!(cursor, "&cursor=");
}

#[tokio::test]
async fn invalid_pages_are_rejected() {
    let app = TestApp::start().await;
    let (chaplin, gaidai) = (app.person("Charlie Chaplin"), app.person("Leonid Gaidai"));
    let path = format!("/api/v1/persons/{chaplin}/films");
    let cursor = app.body(&format!("{path}?page_size=1")).await["next_cursor"].as_str().expect("more").to_owned();

    app.get(&format!("{path}?page=2&cursor={cursor}")).send().await.assert_problem(400, "request.invalid_query");
    let of_other = app.get(&format!("/api/v1/persons/{gaidai}/films?cursor={cursor}")).send().await;
    of_other.assert_problem(400, "movies.invalid_cursor");
    for length in 1..cursor.len() {
        let reply = app.get(&format!("{path}?cursor={}", &cursor[..length])).send().await;
        reply.assert_problem(400, "movies.invalid_cursor");
    }
    for query in ["page=0", "page=1001", "page_size=0", "page_size=101"] {
        app.get(&format!("{path}?{query}")).send().await.assert_problem(422, "request.invalid_fields");
    }
    for query in ["sort=oldest", "page_size=1&page_size=1"] {
        app.get(&format!("{path}?{query}")).send().await.assert_problem(400, "request.invalid_query");
    }
    assert_eq!(titles(&app.body(&format!("{path}?page=1000")).await), [""; 0]);
}

#[tokio::test]
async fn films_of_an_unknown_person_are_not_found() {
    let app = TestApp::start().await;

    let unknown = uuid::Uuid::now_v7();
    app.get(&format!("/api/v1/persons/{unknown}/films")).send().await.assert_problem(404, "movies.person_not_found");
    app.get("/api/v1/persons/42/films").send().await.assert_problem(400, "request.invalid_path");
}
