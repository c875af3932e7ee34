//! `POST /api/v1/films`.

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{TestApp, titles, with_query};

const FILMS: &str = "/api/v1/films";

/// A film with every field set.
pub fn whole_film() -> Value {
    json!({
        "title": "The Long Take", "title_ru": "Длинный дубль", "original_title": "Le Plan-séquence",
        "year": 2031, "countries": ["FR", "RU"], "genres": ["drama", "Slow Cinema"], "age_rating": 6,
        "tier": "subscription", "rating": 7.5, "votes": 12, "runtime_minutes": 240,
        "directors": [{"name": "Ann Lens", "name_ru": "Анна Линза"}],
        "writers": ["Ann Lens"],
        "cast": [{"name": "Bo Extra", "character": "The Passer-by"}],
        "synopsis": {"en": "One take.", "ru": "Один дубль."}, "wiki": "The_Long_Take"
    })
}

async fn post(app: &TestApp, body: &Value) -> TestReply {
    app.post(FILMS).bearer(&app.editor()).json(body).send().await
}

#[tokio::test]
async fn a_new_film_is_read_back_at_once_from_everywhere() {
    let app = TestApp::start().await;

    let reply = post(&app, &whole_film()).await;

    let film = reply.assert_status(201)["film"].clone();
    let id = film["id"].as_str().expect("an id");
    assert_eq!(reply.header("location"), format!("/api/v1/films/{id}"));
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let mut shown = app.body(&format!("/api/v1/films/{id}")).await["film"].clone();
    assert_eq!(shown["access"], json!({"allowed": false, "reason": "subscription_required"}));
    shown["access"] = film["access"].clone();
    assert_eq!(shown, film);
    assert_eq!(titles(&app.body(FILMS).await)[0], "The Long Take");
    for query in ["long take", "длинный дубль", "plan-sequence", "ann lens", "линза"] {
        assert_eq!(
            titles(&app.body(&with_query("/api/v1/films/search", &[("query", query)])).await)[0],
            "The Long Take"
        );
    }
    assert_eq!(app.body("/api/v1/genres/slow-cinema").await["genre"]["films"], 1);
    let person = app.person("Ann Lens");
    let person = app.body(&format!("/api/v1/persons/{person}")).await["person"].clone();
    assert_eq!(person["roles"], json!(["director", "writer"]));
}

#[tokio::test]
async fn a_film_needs_only_title_and_year() {
    let app = TestApp::start().await;

    let film = post(&app, &json!({"title": "Bare", "year": 1870})).await.assert_status(201)["film"].clone();

    assert_eq!((&film["tier"], &film["votes"]), (&json!("free"), &json!(0)));
    for absent in ["title_ru", "original_title", "age_rating", "rating", "runtime_minutes", "synopsis", "wiki"] {
        assert!(film.get(absent).is_none(), "{absent}");
    }
    assert_eq!((&film["people"], &film["genres"], &film["countries"]), (&json!([]), &json!([]), &json!([])));
}

#[tokio::test]
async fn two_films_of_one_title_and_year_are_two_films() {
    let app = TestApp::start().await;

    let one = post(&app, &json!({"title": "Twin", "year": 2000})).await.assert_status(201);
    let two = post(&app, &json!({"title": "Twin", "year": 2000})).await.assert_status(201);

    assert_ne!(one["film"]["id"], two["film"]["id"]);
    assert!(one["film"]["version"].as_u64() < two["film"]["version"].as_u64());
}

#[tokio::test]
async fn each_bad_field_is_named() {
    let app = TestApp::start().await;
    let long = "x".repeat(501);
    for (field, value, pointer, code) in [
        ("colour", json!("red"), "/colour", "unknown_field"),
        ("id", json!("mine"), "/id", "unknown_field"),
        ("version", json!(1), "/version", "unknown_field"),
        ("title", Value::Null, "/title", "wrong_type"),
        ("title", json!(""), "/title", "invalid_value"),
        ("title", json!(long), "/title", "invalid_value"),
        ("title", json!(7), "/title", "wrong_type"),
        ("title_ru", json!(""), "/title_ru", "invalid_value"),
        ("year", json!(1500), "/year", "invalid_value"),
        ("year", json!(2201), "/year", "invalid_value"),
        ("year", json!(-1), "/year", "invalid_value"),
        ("year", json!(1_000_000), "/year", "invalid_value"),
        ("year", json!("1999"), "/year", "wrong_type"),
        ("year", json!(1999.5), "/year", "wrong_type"),
        ("countries", json!(["US", "usa"]), "/countries/1", "invalid_value"),
        ("countries", json!("US"), "/countries", "wrong_type"),
        ("genres", json!([""]), "/genres/0", "invalid_value"),
        ("age_rating", json!(17), "/age_rating", "invalid_value"),
        ("tier", json!("gold"), "/tier", "invalid_value"),
        ("rating", json!(10.5), "/rating", "invalid_value"),
        ("rating", json!(1e300), "/rating", "invalid_value"), // larger than any number of the type
        ("votes", json!(-1), "/votes", "invalid_value"),
        ("votes", json!(2_000_000_001_u32), "/votes", "invalid_value"),
        ("runtime_minutes", json!(0), "/runtime_minutes", "invalid_value"),
        ("directors", json!([{"name": " "}]), "/directors/0/name", "invalid_value"),
        ("cast", json!(["ok", {"name": "x".repeat(201)}]), "/cast/1/name", "invalid_value"),
        ("synopsis", json!({"en": "x".repeat(4001)}), "/synopsis/en", "invalid_value"),
    ] {
        let mut film = whole_film();
        film[field] = value.clone();
        let problem = post(&app, &film).await.assert_problem(422, "request.invalid_fields");
        let error = &problem["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&json!(pointer), &json!(code)), "{field}: {value}: {problem}");
    }
    let problem = post(&app, &json!({"year": 1999})).await.assert_problem(422, "request.invalid_fields");
    assert_eq!(
        (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
        (&json!("/title"), &json!("missing_field"))
    );
    assert_eq!(app.body("/api/v1/films?total=true").await["total"], 50, "nothing was written");
}

#[tokio::test]
async fn all_bad_fields_are_named_at_once() {
    let app = TestApp::start().await;

    let problem = post(&app, &json!({"title": "", "year": 1500, "rating": 11})).await;

    let problem = problem.assert_problem(422, "request.invalid_fields");
    let mut pointers: Vec<_> =
        problem["errors"].as_array().expect("errors").iter().map(|e| e["pointer"].clone()).collect();
    pointers.sort_by_key(ToString::to_string);
    assert_eq!(pointers, ["/rating", "/title", "/year"]);
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_rejected() {
    let app = TestApp::start().await;
    let send = async |content_type: &str, body: Vec<u8>| {
        app.post(FILMS).bearer(&app.editor()).body(content_type, body).send().await
    };

    for broken in [
        "",
        "{",
        "{\"title\": \"x\"",
        "nonsense",
        "{\"title\": \"x\", \"year\": 1999} more",
        "{'title': 1}",
        "\u{feff}{}",
    ] {
        send("application/json", broken.into()).await.assert_problem(400, "request.malformed_json");
    }
    send("application/json", vec![b'"', 0xff, b'"']).await.assert_problem(400, "request.malformed_json");
    send("application/json", b"[".repeat(10_000)).await.assert_problem(422, "request.invalid_fields");
    for other in ["[]", "null", "42", "\"film\""] {
        send("application/json", other.into()).await.assert_problem(422, "request.invalid_fields");
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json", ""] {
        let body = whole_film().to_string().into_bytes();
        send(content_type, body).await.assert_problem(415, "request.unsupported_media_type");
    }
    let body = whole_film().to_string().into_bytes();
    send("Application/JSON; charset=utf-8", body).await.assert_status(201);
}

#[tokio::test]
async fn a_body_of_six_megabytes_is_too_large() {
    let app = TestApp::start().await;
    let mut film = whole_film();
    film["synopsis"]["en"] = json!("x".repeat(6 * 1024 * 1024));

    let reply = post(&app, &film).await;

    reply.assert_problem(413, "request.body_too_large");
}

#[tokio::test]
async fn titles_of_every_script_and_syntax_are_stored_unchanged() {
    let app = TestApp::start().await;
    for title in
        ["Ёлки 🎄", "'; DROP TABLE films; --", "七人の侍", "<b>&amp;</b>", "e\u{301}", "\u{202e}left", "%s%n\\"]
    {
        let film = post(&app, &json!({"title": title, "year": 2000})).await.assert_status(201)["film"].clone();
        let id = film["id"].as_str().expect("an id");
        assert_eq!(app.body(&format!("{FILMS}/{id}")).await["film"]["title"], title);
    }
}

#[tokio::test]
async fn a_nul_character_is_no_server_error() {
    let app = TestApp::start().await;

    let reply = post(&app, &json!({"title": "Zero\u{0}Byte", "year": 2000})).await;

    assert!(matches!(reply.status.as_u16(), 201 | 422), "PostgreSQL cannot keep it: {}", reply.text());
}

#[tokio::test]
async fn a_film_or_a_person_written_as_an_array_is_no_film() {
    let app = TestApp::start().await;
    let update = format!("/api/v1/films/{}", app.film("Solaris"));
    let film = json!(["Title", null, null, 2000, [], [], null, "free", null, 0, null, [], [], [], {}, null]);

    for (pointer, body) in [
        ("", film.clone()),
        ("/cast/0", json!({"title": "x", "year": 2000, "cast": [["Somebody", null, null]]})),
        ("/directors/1", json!({"title": "x", "year": 2000, "directors": ["A", ["Somebody"]]})),
        ("/synopsis", json!({"title": "x", "year": 2000, "synopsis": ["en", "ru"]})),
    ] {
        let reply = app.post("/api/v1/films").bearer(&app.editor()).json(&body).send().await;
        let problem = reply.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    for body in [json!([1, film]), json!({"version": 1, "film": film})] {
        let reply = app.put(&update).bearer(&app.editor()).json(&body).send().await;
        reply.assert_problem(422, "request.invalid_fields");
    }
    assert_eq!(app.body("/api/v1/films?total=true").await["total"], 50);
}
