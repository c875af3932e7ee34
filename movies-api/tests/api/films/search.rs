//! `GET /api/v1/films/search`: queries and the films they find.

use std::time::Duration;

use service_kit::testing::eventually;

use crate::app::{TestApp, titles, with_query};

const SEARCH: &str = "/api/v1/films/search";

async fn found(app: &TestApp, query: &str) -> Vec<String> {
    titles(&app.body(&with_query(SEARCH, &[("query", query)])).await)
}

#[tokio::test]
async fn films_are_found_despite_case_typos_and_keyboard_layout() {
    let app = TestApp::start().await;

    for (typed, meant) in [
        ("The Matrix", "The Matrix"),
        ("matrix", "The Matrix"),
        ("MATRIX", "The Matrix"),
        ("  matrix  ", "The Matrix"),
        ("matr", "The Matrix"),
        ("матрица", "The Matrix"),
        ("МАТРИЦА", "The Matrix"),
        ("матр", "The Matrix"),
        // typos
        ("matirx", "The Matrix"),
        ("godfahter", "The Godfather"),
        ("casblanca", "Casablanca"),
        ("терминатр", "Terminator 2: Judgment Day"),
        ("касобланка", "Casablanca"),
        // the other keyboard layout, both ways
        ("vfnhbwf", "The Matrix"),
        ("ьфекшч", "The Matrix"),
        ("cnfkrth", "Stalker"),
        // ё and е, accents, punctuation
        ("ежик в тумане", "Hedgehog in the Fog"),
        ("Ёжик в тумане", "Hedgehog in the Fog"),
        ("ёжик", "Hedgehog in the Fog"),
        ("amelie", "Amélie"),
        ("Amélie", "Amélie"),
        ("singin in the rain", "Singin' in the Rain"),
        ("winnie the pooh", "Winnie-the-Pooh"),
        ("кин дза дза", "Kin-dza-dza!"),
        ("12 angry", "12 Angry Men"),
        ("1+1", "The Intouchables"),
        // titles in the language it was made in
        ("七人の侍", "Seven Samurai"),
        ("Das Leben der Anderen", "The Lives of Others"),
        // people
        ("chaplin", "City Lights"),
        ("Чаплин", "City Lights"),
        ("wachowski", "The Matrix"),
        ("keanu reeves", "The Matrix"),
        ("киану ривз", "The Matrix"),
        ("tarkovsky solaris", "Solaris"),
    ] {
        let films = found(&app, typed).await;
        assert!(films.first().is_some_and(|first| first == meant), "{typed}: {films:?}");
    }
}

#[tokio::test]
async fn a_prefix_finds_all_titles_that_start_with_it() {
    let app = TestApp::start().await;

    let films = found(&app, "крёстный от").await;

    assert_eq!(films[..2], ["The Godfather", "The Godfather Part II"]);
}

#[tokio::test]
async fn meaningless_queries_find_nothing() {
    let app = TestApp::start().await;

    for typed in
        [" ", "\t\n", "...", "!!! ???", "—", "🎬", "🎬🍿🎬", "\u{200b}", "\u{0301}", "zzzzqqqq", "'", "\"", "\u{0}"]
    {
        assert_eq!(found(&app, typed).await, [""; 0], "{typed:?}");
    }
    assert_eq!(found(&app, "matrix 🎬").await[0], "The Matrix");
}

#[tokio::test]
async fn no_query_breaks_the_search() {
    let app = TestApp::start().await;
    let long =
        ["a".repeat(200), "я".repeat(200), "ab ".repeat(66), "🎬".repeat(200), "İ".repeat(200), "ǆ ﬀ ß".repeat(40)];
    let mut typed = vec![
        "title:matrix",
        "matrix AND NOT godfather",
        "matrix*",
        "\"matrix",
        "(matrix",
        "matrix~5",
        "+-*/\\",
        "a b c d e",
        "SELECT 1; --",
        "%",
        "%25",
        "&query=x",
        "<script>",
        "\u{202e}xirtam",
        "ﷺ",
        "i̇",
        "ΐ",
        "1",
        "а",
        "a",
    ];
    typed.extend(long.iter().map(String::as_str));

    for text in typed {
        let reply = app.get(&with_query(SEARCH, &[("query", text)])).send().await;
        assert_eq!(reply.status, 200, "{text:?}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_query_has_1_to_200_characters() {
    let app = TestApp::start().await;

    for bad in [String::new(), "a".repeat(201), "я".repeat(201), "🎬".repeat(201), "a".repeat(20_000)] {
        let problem = app.get(&with_query(SEARCH, &[("query", &bad)])).send().await;
        let problem = problem.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], "?query");
    }
    let problem = app.get(SEARCH).send().await.assert_problem(400, "request.invalid_query");
    assert_eq!(problem["errors"][0]["pointer"], "?query");
    assert_eq!(problem["errors"][0]["code"], "missing_field");
}

#[tokio::test]
async fn pages_of_a_search_follow_each_other() {
    let app = TestApp::start().await;
    let page = async |size: &str, number: &str| {
        titles(&app.body(&with_query(SEARCH, &[("query", "the"), ("page_size", size), ("page", number)])).await)
    };

    let whole = page("100", "1").await;
    let mut pages = Vec::new();
    for number in ["1", "2", "3"] {
        pages.extend(page("3", number).await);
    }

    assert!(whole.len() >= 9, "{whole:?}");
    assert_eq!(pages, whole[..9]);
    assert_eq!(page("100", "50").await, [""; 0]);
    for (name, value) in [("page", "0"), ("page", "51"), ("page_size", "0"), ("page_size", "101")] {
        let reply = app.get(&with_query(SEARCH, &[("query", "the"), (name, value)])).send().await;
        reply.assert_problem(422, "request.invalid_fields");
    }
    let reply = app.get(&with_query(SEARCH, &[("query", "the"), ("cursor", "x")])).send().await;
    reply.assert_problem(400, "request.invalid_query");
}

#[tokio::test]
async fn when_too_many_search_only_searches_are_rejected() {
    let app = TestApp::start().await;
    let member = app.aged(30);
    let occupied = app.occupy_searches();

    for path in ["/api/v1/films/search?query=solaris", "/api/v1/persons/search?query=lem"] {
        let rejected = app.get(path).bearer(&member).send().await;
        rejected.assert_problem(503, "movies.search_busy");
        assert_eq!(rejected.header("retry-after"), "1");
    }
    for path in ["/api/v1/films", "/api/v1/genres", "/api/v1/films/search?query="] {
        assert_ne!(app.get(path).bearer(&member).send().await.status, 503, "{path}");
    }
    let list = app.read("/api/v1/films", Some(&member)).await.assert_status(200);
    assert_eq!(list["viewer"]["mode"], "member", "token checks do not wait for searches");

    drop(occupied);
    eventually("searches are answered again", Duration::from_secs(20), async || {
        app.get("/api/v1/films/search?query=solaris").send().await.status == 200
    })
    .await;
}
