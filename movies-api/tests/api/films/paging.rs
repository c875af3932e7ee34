//! `GET /api/v1/films`: every film on exactly one page, by cursor and by number.

use serde_json::{Value, json};

use crate::app::{TestApp, column, titles, with_query};

const FILMS: &str = "/api/v1/films";
const SORTS: [&str; 5] = ["newest", "oldest", "rating", "popular", "title"];

/// The pages of a list, followed by cursor.
pub async fn follow(app: &TestApp, parameters: &[(&str, &str)], language: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut parameters = parameters.to_vec();
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let request = app.get(&with_query(FILMS, &parameters)).header("accept-language", language);
        let body = request.send().await.assert_status(200);
        pages.push(column(&body, "id"));
        assert!(pages.len() < 100, "the list has no end");
        match &body["next_cursor"] {
            Value::Null => return pages,
            next => cursor = Some(next.as_str().expect("a cursor is a text").to_owned()),
        }
    }
}

#[tokio::test]
async fn cursors_lead_past_every_film_once_in_every_order() {
    let app = TestApp::start().await;

    for (sort, language) in SORTS.iter().flat_map(|sort| [(sort, "en"), (sort, "ru")]) {
        let whole = follow(&app, &[("sort", sort), ("page_size", "100")], language).await.concat();
        let pages = follow(&app, &[("sort", sort), ("page_size", "7")], language).await;

        assert_eq!(whole.len(), 50);
        assert_eq!(pages.len(), 8, "{sort}");
        assert_eq!(pages.concat(), whole, "{sort} {language}");
        let mut distinct = whole.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), 50, "{sort}");
    }
}

#[tokio::test]
async fn cursors_work_with_every_filter() {
    let app = TestApp::start().await;

    for (name, value) in [("genre", "drama"), ("country", "US"), ("tier", "free"), ("age_max", "12"), ("genre", "spy")]
    {
        let whole = follow(&app, &[(name, value), ("page_size", "100")], "en").await;
        let pages = follow(&app, &[(name, value), ("page_size", "1")], "en").await;

        assert_eq!(pages.concat(), whole.concat(), "{name}={value}");
        assert!(pages.iter().all(|page| page.len() == 1), "{name}={value}");
    }
}

#[tokio::test]
async fn pages_by_number_are_the_pages_by_cursor() {
    let app = TestApp::start().await;

    for sort in SORTS {
        let by_cursor = follow(&app, &[("sort", sort), ("page_size", "7")], "en").await;
        for (number, page) in (1..).zip(by_cursor) {
            let body = app.body(&format!("{FILMS}?sort={sort}&page_size=7&page={number}")).await;
            assert_eq!(column(&body, "id"), page, "{sort}, page {number}");
        }
    }
}

#[tokio::test]
async fn a_full_last_page_has_no_cursor() {
    let app = TestApp::start().await;

    let pages = follow(&app, &[("page_size", "10")], "en").await;

    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10; 5]);
}

#[tokio::test]
async fn a_page_beyond_the_last_is_empty() {
    let app = TestApp::start().await;

    for page in ["9", "1000"] {
        let body = app.body(&with_query(FILMS, &[("page", page), ("page_size", "7"), ("total", "true")])).await;
        assert_eq!(titles(&body), [""; 0]);
        assert_eq!(body["total"], 50);
        assert!(body.get("next_cursor").is_none());
    }
}

#[tokio::test]
async fn films_are_counted_on_request_only() {
    let app = TestApp::start().await;

    assert!(app.body(FILMS).await.get("total").is_none());
    assert!(app.body("/api/v1/films?total=false").await.get("total").is_none());
    let second = app.body("/api/v1/films?total=true&page_size=7&page=2").await;
    assert_eq!(second["total"], 50);
    assert_eq!(app.body("/api/v1/films?total=true&genre=musical").await["total"], 4);
}

#[tokio::test]
async fn a_page_has_twenty_films_by_default() {
    let app = TestApp::start().await;

    assert_eq!(titles(&app.body(FILMS).await).len(), 20);
    assert_eq!(titles(&app.body("/api/v1/films?page_size=1").await).len(), 1);
    assert_eq!(titles(&app.body("/api/v1/films?page_size=100").await).len(), 50);
}

#[tokio::test]
async fn page_and_cursor_do_not_go_together() {
    let app = TestApp::start().await;
    let first = app.body("/api/v1/films?page_size=7").await;
    let cursor = first["next_cursor"].as_str().expect("there is more");

    let reply = app.get(&format!("{FILMS}?page_size=7&page=2&cursor={cursor}")).send().await;

    let problem = reply.assert_problem(400, "request.invalid_query");
    assert_eq!(problem["errors"][0]["pointer"], "?page");
}

#[tokio::test]
async fn a_film_deleted_or_added_between_two_pages_moves_no_other() {
    let app = TestApp::start().await;
    let editor = app.editor();
    for sort in SORTS {
        let whole = follow(&app, &[("sort", sort), ("page_size", "100")], "en").await.concat();
        let first = app.body(&format!("{FILMS}?sort={sort}&page_size=7")).await;
        let cursor = first["next_cursor"].as_str().expect("there is more");
        let deleted = &whole[6]; // the cursor points at it
        let after = format!("{FILMS}?sort={sort}&page_size=7&cursor={cursor}");

        app.delete_film(deleted).await.assert_status(204);
        let second = app.body(&after).await;

        assert_eq!(column(&second, "id"), whole[7..14], "{sort}");
        let film = json!({"title": "Aaa", "year": 2199, "rating": 10.0, "votes": 2_000_000_000});
        app.post(FILMS).bearer(&editor).json(&film).send().await.assert_status(201);
        if sort != "oldest" {
            assert_eq!(column(&app.body(&after).await, "id"), whole[7..14], "{sort}");
        }
    }
}

#[tokio::test]
async fn the_same_cursor_gives_the_same_page_again() {
    let app = TestApp::start().await;
    let first = app.body("/api/v1/films?page_size=3").await;
    let next = format!("{FILMS}?page_size=3&cursor={}", first["next_cursor"].as_str().expect("there is more"));

    assert_eq!(app.body(&next).await, app.body(&next).await);
    let wider = app.body(&next.replace("page_size=3", "page_size=5")).await;
    assert_eq!(titles(&wider)[..3], titles(&app.body(&next).await)[..], "the size of a page may change on the way");
}
