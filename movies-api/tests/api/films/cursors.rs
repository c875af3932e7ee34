//! `GET /api/v1/films`: cursors that do not belong to the list.

use crate::app::{TestApp, with_query};

const FILMS: &str = "/api/v1/films";

async fn cursor(app: &TestApp, parameters: &[(&str, &str)]) -> String {
    let body = app.body(&with_query(FILMS, parameters)).await;
    body["next_cursor"].as_str().expect("there is more").to_owned()
}

async fn assert_rejected(app: &TestApp, parameters: &[(&str, &str)], language: &str) {
    let reply = app.get(&with_query(FILMS, parameters)).header("accept-language", language).send().await;
    reply.assert_problem(400, "movies.invalid_cursor");
}

#[tokio::test]
async fn a_made_up_cursor_is_rejected() {
    let app = TestApp::start().await;

    for made_up in ["x", "1", "null", "AAAAAAAAAAAA", "eyJrZXkiOi0yMDAxfQ", "====", "a b", "ы", "%00", "../../etc"] {
        assert_rejected(&app, &[("cursor", made_up)], "en").await;
    }
    assert_rejected(&app, &[("cursor", &"A".repeat(512))], "en").await;
}

#[tokio::test]
async fn an_empty_or_overlong_cursor_is_a_bad_parameter() {
    let app = TestApp::start().await;

    for cursor in [String::new(), "A".repeat(513)] {
        let reply = app.get(&with_query(FILMS, &[("cursor", &cursor)])).send().await;
        let problem = reply.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], "?cursor");
    }
}

#[tokio::test]
async fn a_cursor_that_was_truncated_or_altered_anywhere_is_rejected() {
    let app = TestApp::start().await;
    let whole = cursor(&app, &[("page_size", "7")]).await;

    for length in 1..whole.len() {
        assert_rejected(&app, &[("page_size", "7"), ("cursor", &whole[..length])], "en").await;
    }
    for position in 0..whole.len() {
        let other = if &whole[position..=position] == "A" { "B" } else { "A" };
        let changed = format!("{}{other}{}", &whole[..position], &whole[position + 1..]);
        assert_rejected(&app, &[("page_size", "7"), ("cursor", &changed)], "en").await;
    }
    assert_rejected(&app, &[("cursor", &format!("{whole}A"))], "en").await;
}

#[tokio::test]
async fn a_cursor_of_another_order_filter_language_or_list_is_rejected() {
    let app = TestApp::start().await;
    let newest = cursor(&app, &[("page_size", "7")]).await;

    for other in [("sort", "oldest"), ("sort", "title"), ("genre", "drama"), ("tier", "free"), ("year_from", "1950")] {
        assert_rejected(&app, &[other, ("cursor", &newest)], "en").await;
    }
    assert_rejected(&app, &[("cursor", &newest)], "ru").await;
    let by_title = cursor(&app, &[("sort", "title")]).await;
    assert_rejected(&app, &[("sort", "title"), ("cursor", &by_title)], "ru").await;

    let person = app.person("Charlie Chaplin");
    let films = app.body(&format!("/api/v1/persons/{person}/films?page_size=1")).await;
    let of_person = films["next_cursor"].as_str().expect("there is more");
    assert_rejected(&app, &[("cursor", of_person)], "en").await;
    assert_rejected(&app, &[("person", &person), ("cursor", of_person)], "en").await;
}

#[tokio::test]
async fn a_cursor_of_another_viewer_grants_no_more_films() {
    let app = TestApp::start().await;
    let adult = app.aged(30);
    let page = app.read("/api/v1/films?page_size=20", Some(&adult)).await.assert_status(200);
    let of_adult = page["next_cursor"].as_str().expect("there is more");

    let films = app.body(&format!("/api/v1/films?page_size=100&cursor={of_adult}")).await;

    let ratings: Vec<_> = films["items"].as_array().expect("a list").iter().map(|film| &film["age_rating"]).collect();
    assert!(!ratings.is_empty() && ratings.iter().all(|rating| rating.as_u64() <= Some(16)), "{ratings:?}");
}
