//! Responses in Russian and English.

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{TestApp, column, titles};

async fn get(app: &TestApp, path: &str, language: &str) -> (TestReply, Value) {
    let reply = app.get(path).header("accept-language", language).send().await;
    let body = reply.assert_status(200);
    (reply, body)
}

#[tokio::test]
async fn texts_are_in_the_requested_language() {
    let app = TestApp::start().await;
    let film = format!("/api/v1/films/{}", app.film("The Godfather"));
    let person = format!("/api/v1/persons/{}", app.person("Marlon Brando"));

    for (requested, language, title, genre, name) in [
        ("ru", "ru", "Крёстный отец", "Криминал", "Марлон Брандо"),
        ("ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", "ru", "Крёстный отец", "Криминал", "Марлон Брандо"),
        ("en;q=0.5,ru;q=0.6", "ru", "Крёстный отец", "Криминал", "Марлон Брандо"),
        ("en", "en", "The Godfather", "Crime", "Marlon Brando"),
        ("de, fr;q=0.5", "en", "The Godfather", "Crime", "Marlon Brando"),
        ("*", "en", "The Godfather", "Crime", "Marlon Brando"),
        ("ru;q=0, en", "en", "The Godfather", "Crime", "Marlon Brando"),
        ("", "en", "The Godfather", "Crime", "Marlon Brando"),
        (";;;,,,q=,ru;q=x", "en", "The Godfather", "Crime", "Marlon Brando"),
        ("ru;Q=0.1, en;q=0.9", "en", "The Godfather", "Crime", "Marlon Brando"),
        ("ru;q=inf, en;q=0.1", "en", "The Godfather", "Crime", "Marlon Brando"),
        ("en;q=0, *", "ru", "Крёстный отец", "Криминал", "Марлон Брандо"),
    ] {
        let (reply, body) = get(&app, &film, requested).await;
        assert_eq!(reply.header("content-language"), language, "{requested}");
        assert_eq!(body["film"]["title"], title, "{requested}");
        assert_eq!(body["film"]["genres"][0]["name"], genre, "{requested}");
        assert_eq!(body["film"]["titles"], json!({"en": "The Godfather", "ru": "Крёстный отец"}), "{requested}");
        assert_eq!(get(&app, &person, requested).await.1["person"]["name"], name, "{requested}");
        assert_eq!(get(&app, "/api/v1/genres/crime", requested).await.1["genre"]["name"], genre, "{requested}");
        let people = body["film"]["people"].as_array().expect("people");
        assert!(people.iter().any(|credit| credit["name"] == name), "{requested}");
    }
}

#[tokio::test]
async fn several_lines_of_the_header_are_one_list() {
    let app = TestApp::start().await;
    let film = format!("/api/v1/films/{}", app.film("The Godfather"));

    let reply = app.get(&film).header("accept-language", "de").header("accept-language", "ru;q=0.5").send().await;

    assert_eq!(reply.header("content-language"), "ru");
}

#[tokio::test]
async fn synopses_come_in_both_languages() {
    let app = TestApp::start().await;
    let film = format!("/api/v1/films/{}", app.film("City Lights"));

    let (_, english) = get(&app, &film, "en").await;
    let (_, russian) = get(&app, &film, "ru").await;

    assert!(english["film"]["synopsis"].as_str().expect("a text").starts_with("The Tramp falls for"));
    assert!(russian["film"]["synopsis"].as_str().expect("a text").starts_with("Бродяга влюбляется"));
}

#[tokio::test]
async fn a_text_that_is_missing_comes_in_the_other_language() {
    let app = TestApp::start().await;
    let film = json!({
        "title": "English Only", "year": 2020, "cast": ["John Nobody"], "genres": ["Zither Western"],
        "synopsis": {"ru": "Только по-русски."}
    });
    let made = app.post("/api/v1/films").bearer(&app.editor()).json(&film).send().await.assert_status(201);
    let path = format!("/api/v1/films/{}", made["film"]["id"].as_str().expect("an id"));

    let (reply, russian) = get(&app, &path, "ru").await;
    let (_, english) = get(&app, &path, "en").await;

    assert_eq!(reply.header("content-language"), "ru");
    for body in [&russian, &english] {
        assert_eq!(body["film"]["title"], "English Only");
        assert_eq!(body["film"]["titles"], json!({"en": "English Only"}));
        assert_eq!(body["film"]["people"][0]["name"], "John Nobody");
        assert_eq!(body["film"]["genres"], json!([{"slug": "zither-western", "name": "Zither Western"}]));
        assert_eq!(body["film"]["synopsis"], "Только по-русски.");
    }
}

#[tokio::test]
async fn an_original_title_is_shown_where_it_differs() {
    let app = TestApp::start().await;
    let film = format!("/api/v1/films/{}", app.film("Solaris"));

    assert_eq!(get(&app, &film, "en").await.1["film"]["original_title"], "Солярис");
    assert!(get(&app, &film, "ru").await.1["film"].get("original_title").is_none());
    let amelie = format!("/api/v1/films/{}", app.film("Amélie"));
    for language in ["en", "ru"] {
        let body = get(&app, &amelie, language).await.1;
        assert_eq!(body["film"]["original_title"], "Le Fabuleux Destin d'Amélie Poulain");
    }
}

#[tokio::test]
async fn lists_and_searches_use_the_requested_language() {
    let app = TestApp::start().await;

    let (reply, films) = get(&app, "/api/v1/films?sort=popular&page_size=3", "ru").await;
    assert_eq!(titles(&films), ["Тёмный рыцарь", "Форрест Гамп", "Матрица"]);
    assert_eq!(reply.header("content-language"), "ru");
    assert_eq!(titles(&get(&app, "/api/v1/films/search?query=matrix", "ru").await.1), ["Матрица"]);
    let people = get(&app, "/api/v1/persons/search?query=chaplin", "ru").await.1;
    assert_eq!(column(&people, "name"), ["Чарли Чаплин"]);
    assert_eq!(column(&get(&app, "/api/v1/genres", "ru").await.1, "name")[..2], ["Драма", "Комедия"]);
}
