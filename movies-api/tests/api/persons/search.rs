//! `GET /api/v1/persons/search`.

use crate::app::{TestApp, column, with_query};

const SEARCH: &str = "/api/v1/persons/search";

async fn found(app: &TestApp, token: Option<&str>, parameters: &[(&str, &str)]) -> Vec<String> {
    column(&app.read(&with_query(SEARCH, parameters), token).await.assert_status(200), "name")
}

#[tokio::test]
async fn people_are_found_despite_typos_and_keyboard_layout() {
    let app = TestApp::start().await;

    for (typed, meant) in [
        ("Charlie Chaplin", "Charlie Chaplin"),
        ("chaplin", "Charlie Chaplin"),
        ("chaplin charlie", "Charlie Chaplin"),
        ("chap", "Charlie Chaplin"),
        ("Чаплин", "Charlie Chaplin"),
        ("xfgkby", "Charlie Chaplin"),
        ("srфздшт", ""),
        ("срфздшт", "Charlie Chaplin"),
        ("chaplni", "Charlie Chaplin"),
        ("тарковский", "Andrei Tarkovsky"),
        ("миядзаки", "Hayao Miyazaki"),
        ("jean-pierre jeunet", "Jean-Pierre Jeunet"),
        ("eric toledano", "Éric Toledano"),
        ("henckel", "Florian Henckel von Donnersmarck"),
    ] {
        let people = found(&app, None, &[("query", typed)]).await;
        assert_eq!(people.first().map_or("", String::as_str), meant, "{typed}: {people:?}");
    }
}

#[tokio::test]
async fn no_query_breaks_the_search() {
    let app = TestApp::start().await;

    for typed in [" ", "...", "🎬", "\u{0}", "name:x", "\"", "*", &"я".repeat(200)] {
        assert_eq!(found(&app, None, &[("query", typed)]).await, [""; 0], "{typed:?}");
    }
    found(&app, None, &[("query", &"a b ".repeat(50))]).await;
    for bad in ["", &"a".repeat(201)] {
        let reply = app.get(&with_query(SEARCH, &[("query", bad)])).send().await;
        reply.assert_problem(422, "request.invalid_fields");
    }
    app.get(SEARCH).send().await.assert_problem(400, "request.invalid_query");
}

#[tokio::test]
async fn pages_follow_each_other_for_every_viewer() {
    let app = TestApp::start().await;
    let (child, adult) = (app.aged(3), app.aged(18));

    for (token, typed) in
        [(None, "ma"), (Some(child.as_str()), "ma"), (Some(adult.as_str()), "ma"), (Some(child.as_str()), "ge")]
    {
        let whole = found(&app, token, &[("query", typed), ("page_size", "100")]).await;
        let mut pages = Vec::new();
        for number in 1..=whole.len() + 1 {
            let number = number.to_string();
            pages.extend(found(&app, token, &[("query", typed), ("page_size", "1"), ("page", &number)]).await);
        }
        assert!(!whole.is_empty(), "{typed}");
        assert_eq!(pages, whole, "{typed}");
    }
}
