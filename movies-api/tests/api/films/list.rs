//! `GET /api/v1/films`: orders, filters and rejected parameters.

use std::time::Duration;

use serde_json::Value;
use service_kit::testing::eventually;

use crate::app::{TestApp, titles, with_query};

const FILMS: &str = "/api/v1/films";

async fn all(app: &TestApp, parameters: &[(&str, &str)]) -> Vec<Value> {
    let parameters = [&[("page_size", "100")], parameters].concat();
    let body = app.body(&with_query(FILMS, &parameters)).await;
    body["items"].as_array().expect("a list").clone()
}

fn numbers(films: &[Value], field: &str) -> Vec<f64> {
    films.iter().map(|film| film[field].as_f64().expect("a number")).collect()
}

#[tokio::test]
async fn films_are_listed_newest_first_by_default() {
    let app = TestApp::start().await;

    let years = numbers(&all(&app, &[]).await, "year");

    assert_eq!(years.len(), 50, "all films but the ten of 18+");
    assert!(years.is_sorted_by(|one, two| one >= two), "{years:?}");
    assert_eq!(years, numbers(&all(&app, &[("sort", "newest")]).await, "year"));
}

#[tokio::test]
async fn each_order_is_kept() {
    let app = TestApp::start().await;

    let years = numbers(&all(&app, &[("sort", "oldest")]).await, "year");
    assert!(years.is_sorted(), "{years:?}");
    let ratings = numbers(&all(&app, &[("sort", "rating")]).await, "rating");
    assert!(ratings.is_sorted_by(|one, two| one >= two), "{ratings:?}");
    let votes = numbers(&all(&app, &[("sort", "popular")]).await, "votes");
    assert!(votes.is_sorted_by(|one, two| one >= two), "{votes:?}");

    let by_title = titles(&app.body("/api/v1/films?sort=title&page_size=100").await);
    assert_eq!(&by_title[..4], ["12 Angry Men", "Amélie", "Back to the Future", "Battleship Potemkin"]);
    assert!(by_title.ends_with(&["Winnie-the-Pooh".into(), "The Wizard of Oz".into()]), "articles do not count");
}

#[tokio::test]
async fn titles_are_ordered_in_the_language_of_the_answer() {
    let app = TestApp::start().await;

    let reply = app.get("/api/v1/films?sort=title&page_size=100").header("accept-language", "ru").send().await;

    let by_title = titles(&reply.assert_status(200));
    assert_eq!(&by_title[..4], ["1+1", "12 разгневанных мужчин", "Амели", "Белое солнце пустыни"]);
    let position = |title: &str| by_title.iter().position(|found| found == title).expect("it is listed");
    assert!(
        position("Душа") < position("Ёжик в тумане") && position("Ёжик в тумане") < position("Жизнь других"),
        "ё is е"
    );
}

#[tokio::test]
async fn an_unrated_film_is_last_by_rating() {
    let app = TestApp::start().await;
    let film = serde_json::json!({"title": "Nobody Has Seen It", "year": 2024});
    app.post("/api/v1/films").bearer(&app.editor()).json(&film).send().await.assert_status(201);

    let films = all(&app, &[("sort", "rating")]).await;

    assert_eq!(films.last().expect("films")["title"], "Nobody Has Seen It");
    assert!(films.last().expect("films").get("rating").is_none());
}

#[tokio::test]
async fn each_filter_keeps_only_matching_films() {
    let app = TestApp::start().await;
    let fits = async |name: &str, value: &str, check: &dyn Fn(&Value) -> bool, count: usize| {
        let films = all(&app, &[(name, value)]).await;
        assert_eq!(films.len(), count, "{name}={value}");
        assert!(films.iter().all(check), "{name}={value}: {films:?}");
    };

    let has_genre =
        |film: &Value| film["genres"].as_array().expect("genres").iter().any(|genre| genre["slug"] == "war");
    fits("genre", "war", &has_genre, 4).await;
    fits("year_from", "2001", &|film| film["year"].as_u64() >= Some(2001), 7).await;
    fits("year_to", "1933", &|film| film["year"].as_u64() <= Some(1933), 5).await;
    let is_soviet = |film: &Value| film["countries"].as_array().expect("countries").contains(&"SU".into());
    fits("country", "SU", &is_soviet, 14).await;
    fits("country", "su", &is_soviet, 14).await;
    fits("rating_from", "8.8", &|film| film["rating"].as_f64() >= Some(8.79), 6).await;
    fits("age_max", "6", &|film| film["age_rating"].as_u64() <= Some(6), 14).await;
    fits("age_max", "18", &|film| film["age_rating"].as_u64() <= Some(16), 50).await;
    fits("tier", "free", &|film| film["tier"] == "free", 25).await;
    fits("tier", "subscription", &|film| film["tier"] == "subscription", 25).await;
}

#[tokio::test]
async fn films_of_a_person_can_be_listed_in_any_role() {
    let app = TestApp::start().await;
    let chaplin = app.person("Charlie Chaplin");

    let films = app.body(&format!("/api/v1/films?person={chaplin}")).await;

    assert_eq!(titles(&films), ["City Lights", "The Gold Rush"]);
}

#[tokio::test]
async fn filters_are_joined_by_and() {
    let app = TestApp::start().await;

    let films = app.body("/api/v1/films?genre=comedy&country=SU&year_from=1975&age_max=6&sort=oldest").await;
    assert_eq!(titles(&films), ["The Irony of Fate"]);
    let films = app.body("/api/v1/films?year_from=1980&year_to=1970&total=true").await;
    assert_eq!(titles(&films), [""; 0]);
    assert_eq!(films["total"], 0);
}

#[tokio::test]
async fn unknown_names_in_filters_are_rejected_by_name() {
    let app = TestApp::start().await;
    let unknown = uuid::Uuid::now_v7().to_string();

    for (name, value) in [
        ("genre", "no-such-genre"),
        ("genre", "drama,comedy"),
        ("genre", "Drama"),
        ("country", "XX"),
        ("person", unknown.as_str()),
    ] {
        let reply = app.get(&with_query(FILMS, &[(name, value)])).send().await;
        let problem = reply.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], format!("?{name}"), "{value}");
        assert!(problem["errors"][0]["detail"].as_str().expect("a text").contains(value), "{problem}");
    }
    let all = [("genre", "opera"), ("country", "XX"), ("person", unknown.as_str())];
    let problem = app.get(&with_query(FILMS, &all)).send().await.assert_problem(422, "request.invalid_fields");
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(3), "{problem}");
}

#[tokio::test]
async fn filters_treat_hidden_names_like_unknown_ones() {
    let app = TestApp::start().await;
    let (adult, child) = (app.aged(18), app.aged(12));
    let film = serde_json::json!({"title": "Adults", "year": 2020, "age_rating": 18, "genres": ["mockumentary"],
        "countries": ["LU"], "cast": ["Nobody Else"]});
    app.post(FILMS).bearer(&app.editor()).json(&film).send().await.assert_status(201);
    eventually("the film shows", Duration::from_secs(60), async || {
        !titles(&app.read("/api/v1/films/search?query=adults", Some(&adult)).await.json()).is_empty()
    })
    .await;
    let person = app.person("Nobody Else");

    for filter in ["genre=mockumentary", "country=lu", &format!("person={person}")] {
        let path = format!("{FILMS}?{filter}");
        app.read(&path, Some(&child)).await.assert_problem(422, "request.invalid_fields");
        app.read(&path, None).await.assert_problem(422, "request.invalid_fields");
        assert_eq!(titles(&app.read(&path, Some(&adult)).await.assert_status(200)), ["Adults"], "{filter}");
    }
}

#[tokio::test]
async fn a_bad_parameter_is_named() {
    let app = TestApp::start().await;

    for (name, value) in [
        ("sort", "worst"),
        ("genre", ""),
        ("person", "42"),
        ("year_from", "1799"),
        ("year_from", "70000"),
        ("year_to", "2201"),
        ("year_to", "-1"),
        ("country", "SUN"),
        ("rating_from", "10.1"),
        ("rating_from", "-0.1"),
        ("rating_from", "NaN"),
        ("rating_from", "inf"),
        ("rating_from", "-inf"),
        ("age_max", "17"),
        ("age_max", "300"),
        ("tier", "gold"),
        ("page_size", "0"),
        ("page_size", "-1"),
        ("page_size", "101"),
        ("page_size", "10001"),
        ("page_size", "4294967297"),
        ("page_size", "many"),
        ("page", "0"),
        ("page", "-1"),
        ("page", "1001"),
        ("page", "99999999999"),
        ("total", "perhaps"),
    ] {
        let reply = app.get(&with_query(FILMS, &[(name, value)])).send().await;
        let problem = reply.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], format!("?{name}"), "{value}: {problem}");
    }
    let problem = app.get(&with_query(FILMS, &[("colour", "red")])).send().await;
    let problem = problem.assert_problem(400, "request.invalid_query");
    assert_eq!(problem["errors"][0]["pointer"], "?colour");
}

#[tokio::test]
async fn a_repeated_parameter_is_rejected() {
    let app = TestApp::start().await;

    for query in ["sort=newest&sort=oldest", "genre=war&genre=war", "page_size=7&page_size=8"] {
        let reply = app.get(&format!("{FILMS}?{query}")).send().await;
        reply.assert_problem(400, "request.invalid_query");
    }
}

#[tokio::test]
async fn malformed_text_is_no_server_error() {
    let app = TestApp::start().await;

    for query in ["genre=%FF%FE", "country=%FF%FE", "genre=%00", "genre=%", "genre=%2", "&&&", "=", "genre"] {
        let reply = app.get(&format!("{FILMS}?{query}")).send().await;
        assert!(matches!(reply.status.as_u16(), 200 | 400 | 422), "{query}: {}", reply.text());
    }
}
