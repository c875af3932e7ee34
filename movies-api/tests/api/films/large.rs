//! Large films: an editor can save every film that an import accepts.

use std::time::Duration;

use contracts::movies::import::{MAX_CAST, MAX_CREW, MAX_NAME};
use contracts::movies::writes::MAX_FILM_BODY;
use serde_json::{Value, json};
use service_kit::testing::eventually;

use crate::app::TestApp;

/// A film with so many people, with names of so many characters of the longest encoding.
fn film_with(crew: usize, cast: usize, name: usize) -> Value {
    let text = |number: usize, length: usize| {
        let number = number.to_string();
        let rest = "\u{10400}".repeat(length.saturating_sub(number.len()));
        format!("{number}{rest}")
    };
    let people = |from: usize, count: usize| -> Vec<Value> {
        let person = |number| json!({"name": text(number, name), "name_ru": text(number, name), "character": text(number, name)});
        (from..from + count).map(person).collect()
    };
    json!({
        "title": "Everybody", "year": 2020, "directors": people(1000, crew), "writers": people(2000, crew),
        "cast": people(3000, cast), "title_ru": text(1, 500), "original_title": text(2, 500), "wiki": text(3, 500),
        "synopsis": {"en": text(4, 4000), "ru": text(5, 4000)},
    })
}

/// Every character beyond ASCII as `\uXXXX`, as some clients write JSON.
fn escaped(value: &Value) -> Vec<u8> {
    let mut text = String::new();
    for letter in value.to_string().chars() {
        if letter.is_ascii() {
            text.push(letter);
        } else {
            let mut units = [0; 2];
            text.extend(letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text.into_bytes()
}

#[tokio::test]
async fn a_film_with_a_cast_of_450_can_be_opened_and_saved() {
    let app = TestApp::start().await;
    let editor = app.editor();
    let made = app.post("/api/v1/films").bearer(&editor).json(&film_with(2, 450, 20)).send().await;
    let path = format!("/api/v1/films/{}", made.assert_status(201)["film"]["id"].as_str().expect("an id"));

    eventually("the film shows", Duration::from_secs(60), async || app.read(&path, Some(&editor)).await.status == 200)
        .await;
    let opened = app.read(&path, Some(&editor)).await.assert_status(200)["film"].clone();
    let people = opened["people"].as_array().expect("people");
    let of = |role: &str| -> Vec<Value> {
        let people = people.iter().filter(|credit| credit["role"] == role);
        people.map(|credit| json!({"name": credit["name"], "character": credit["character"]})).collect()
    };
    let film = json!({
        "title": "Everybody Again", "year": 2020, "directors": of("director"), "writers": of("writer"), "cast": of("actor"),
    });
    let body = json!({"version": opened["version"], "film": film});
    let saved = app.put(&path).bearer(&editor).json(&body).send().await.assert_status(200);

    assert_eq!(saved["film"]["people"], opened["people"]);
    assert_eq!(saved["film"]["people"].as_array().map(Vec::len), Some(454));
}

#[tokio::test]
async fn the_largest_film_that_the_fields_allow_is_accepted_fully_escaped() {
    let app = TestApp::start().await;
    let film = film_with(MAX_CREW, MAX_CAST, MAX_NAME);
    let body = escaped(&json!({"version": 9_007_199_254_740_991_u64, "film": film}));
    assert!(body.len() > 4_000_000 && body.len() < MAX_FILM_BODY, "{}", body.len());
    let path = format!("/api/v1/films/{}", app.film("Solaris"));

    let stale = app.put(&path).bearer(&app.editor()).body("application/json", body).send().await;

    stale.assert_problem(409, "movies.film_conflict"); // read to the end and found right, but for its version
    for film in [film_with(MAX_CREW + 1, 1, 1), film_with(1, MAX_CAST + 1, 1), film_with(1, 1, MAX_NAME + 1)] {
        let reply = app.post("/api/v1/films").bearer(&app.editor()).json(&film).send().await;
        reply.assert_problem(422, "request.invalid_fields");
    }
}
