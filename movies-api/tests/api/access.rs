//! Visibility and playback: a film above a viewer's age does not exist for that viewer, on any route.

use serde_json::{Value, json};

use crate::app::{TestApp, column, titles};
use crate::auth_stand_in::Failure;

const ADULT_FILMS: [&str; 10] = [
    "Brother",
    "Come and See",
    "Leviathan",
    "Night of the Living Dead",
    "Oldboy",
    "Parasite",
    "Pulp Fiction",
    "Taxi Driver",
    "The Shining",
    "The Silence of the Lambs",
];

/// Viewers without access to films of 18+.
fn minors(app: &TestApp) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("anonymous", None),
        ("of unknown age", Some(app.auth.token(None, &[]))),
        ("17 years old", Some(app.aged(17))),
        ("a subscriber of 17", Some(app.auth.token(Some(17), &["films.play_subscription"]))),
        ("with permissions that mean nothing here", Some(app.auth.token(None, &["roles.manage", "editor", ""]))),
        ("0 years old", Some(app.aged(0))),
    ]
}

/// Viewers with access to every film.
fn adults(app: &TestApp) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("18 years old", Some(app.aged(18))),
        ("255 years old", Some(app.aged(255))),
        ("an editor", Some(app.editor())),
        ("an editor of 12", Some(app.auth.token(Some(12), &["films.write"]))),
    ]
}

#[expect(clippy::ref_option, reason = "callers hold the token of a viewer or none")]
async fn list(app: &TestApp, path: &str, token: &Option<String>) -> Value {
    app.read(path, token.as_deref()).await.assert_status(200)
}

#[tokio::test]
async fn films_of_18_exist_in_no_list_for_minors() {
    let app = TestApp::start().await;

    for (who, token) in minors(&app) {
        for path in [
            "/api/v1/films?page_size=100&total=true",
            "/api/v1/films?page_size=100&age_max=18&total=true",
            "/api/v1/films?page_size=100&genre=horror&total=true",
            "/api/v1/films?page_size=100&sort=popular&tier=free&total=true",
        ] {
            let reply = app.read(path, token.as_deref()).await;
            if path.contains("genre=") && reply.status == 422 {
                continue; // then the genre does not exist either
            }
            let films = reply.assert_status(200);
            let shown = titles(&films);
            assert!(!shown.iter().any(|title| ADULT_FILMS.contains(&title.as_str())), "{who}, {path}: {shown:?}");
            assert_eq!(films["total"], shown.len(), "{who}, {path}: the total counts no hidden film");
        }
    }
    for (who, token) in adults(&app) {
        let shown = titles(&list(&app, "/api/v1/films?page_size=100", &token).await);
        assert_eq!(shown.len(), 60, "{who}");
        assert!(ADULT_FILMS.iter().all(|title| shown.contains(&(*title).to_owned())), "{who}");
    }
}

#[tokio::test]
async fn films_of_18_do_not_exist_by_id_for_minors() {
    let app = TestApp::start().await;

    for title in ADULT_FILMS {
        let path = format!("/api/v1/films/{}", app.film(title));
        for (who, token) in minors(&app) {
            let reply = app.read(&path, token.as_deref()).await;
            assert_eq!(reply.status, 404, "{title} for {who}");
            reply.assert_problem(404, "movies.film_not_found");
            let similar = app.read(&format!("{path}/similar"), token.as_deref()).await;
            similar.assert_problem(404, "movies.film_not_found");
        }
        for (who, token) in adults(&app) {
            assert_eq!(list(&app, &path, &token).await["film"]["title"], title, "{who}");
            list(&app, &format!("{path}/similar"), &token).await;
        }
    }
}

#[tokio::test]
async fn the_response_for_a_hidden_film_equals_that_for_an_unknown_one() {
    let app = TestApp::start().await;
    let answer = async |id: &str| {
        let reply = app.get(&format!("/api/v1/films/{id}")).header("x-request-id", "same").send().await;
        let mut headers: Vec<_> = reply.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        headers.retain(|header| !header.starts_with("date:"));
        headers.sort();
        (reply.status, headers, reply.text())
    };

    assert_eq!(answer(&app.film("Taxi Driver")).await, answer(&uuid::Uuid::now_v7().to_string()).await);
}

#[tokio::test]
async fn search_finds_films_of_18_for_adults_only() {
    let app = TestApp::start().await;

    for query in ["taxi driver", "таксист", "nfrcbcn", "taxi drivr", "scorsese", "скорсезе", "tarantino", "паразиты"]
    {
        let path = format!("/api/v1/films/search?page_size=100&query={query}");
        for (who, token) in minors(&app) {
            let found = titles(&list(&app, &path, &token).await);
            assert!(!found.iter().any(|title| ADULT_FILMS.contains(&title.as_str())), "{query} for {who}: {found:?}");
        }
        for (who, token) in adults(&app) {
            let found = titles(&list(&app, &path, &token).await);
            assert!(
                found.first().is_some_and(|title| ADULT_FILMS.contains(&title.as_str())),
                "{query} for {who}: {found:?}"
            );
        }
    }
}

#[tokio::test]
async fn similar_films_hide_films_of_18_from_minors() {
    let app = TestApp::start().await;
    let every = list(&app, "/api/v1/films?page_size=100", &Some(app.aged(18))).await;
    let mut shown_to_adults = 0;

    for id in column(&every, "id") {
        let path = format!("/api/v1/films/{id}/similar?page_size=100");
        for (who, token) in minors(&app) {
            let reply = app.read(&path, token.as_deref()).await;
            if reply.status != 404 {
                let similar = titles(&reply.assert_status(200));
                assert!(!similar.iter().any(|title| ADULT_FILMS.contains(&title.as_str())), "{who}: {similar:?}");
            }
        }
        let similar = titles(&list(&app, &path, &Some(app.aged(18))).await);
        shown_to_adults += similar.iter().filter(|title| ADULT_FILMS.contains(&title.as_str())).count();
    }

    assert!(shown_to_adults > 20, "adults see them: {shown_to_adults}");
}

#[tokio::test]
async fn genres_count_only_what_the_viewer_may_see() {
    let app = TestApp::start().await;
    let horror =
        async |token: &Option<String>| list(&app, "/api/v1/genres/horror", token).await["genre"]["films"].clone();

    for (who, token) in &minors(&app)[..5] {
        assert_eq!(horror(token).await, 2, "{who}");
    }
    for (who, token) in adults(&app) {
        assert_eq!(horror(&token).await, 5, "{who}");
    }
    let toddler = app.aged(0);
    app.read("/api/v1/genres/horror", Some(&toddler)).await.assert_problem(404, "movies.genre_not_found");
    let genres = column(&app.read("/api/v1/genres", Some(&toddler)).await.assert_status(200), "slug");
    assert!(!genres.contains(&"horror".to_owned()) && genres.contains(&"family".to_owned()), "{genres:?}");
}

#[tokio::test]
async fn people_of_hidden_films_are_hidden_with_them() {
    let app = TestApp::start().await;
    let scorsese = format!("/api/v1/persons/{}", app.person("Martin Scorsese"));
    let de_niro = format!("/api/v1/persons/{}", app.person("Robert De Niro"));

    for (who, token) in &minors(&app)[..5] {
        let token = token.as_deref();
        app.read(&scorsese, token).await.assert_problem(404, "movies.person_not_found");
        app.read(&format!("{scorsese}/films"), token).await.assert_problem(404, "movies.person_not_found");
        let found = app.read("/api/v1/persons/search?query=scorsese", token).await.assert_status(200);
        assert_eq!(found["items"], json!([]), "{who}");
        assert_eq!(app.read(&de_niro, token).await.assert_status(200)["person"]["films"], 1, "{who}");
        let films = app.read(&format!("{de_niro}/films"), token).await.assert_status(200);
        assert_eq!(titles(&films), ["The Godfather Part II"], "{who}");
    }
    for (who, token) in adults(&app) {
        assert_eq!(list(&app, &scorsese, &token).await["person"]["films"], 1, "{who}");
        let films = titles(&list(&app, &format!("{de_niro}/films"), &token).await);
        assert_eq!(films, ["Taxi Driver", "The Godfather Part II"], "{who}");
    }
}

#[tokio::test]
async fn roles_in_hidden_films_are_not_shown() {
    let app = TestApp::start().await;
    let adults_film = json!({"title": "Grown Up", "year": 2020, "age_rating": 18, "directors": ["Two Faces"]});
    let family_film = json!({"title": "For All", "year": 2020, "age_rating": 0, "cast": ["Two Faces"]});
    for film in [&adults_film, &family_film] {
        app.post("/api/v1/films").bearer(&app.editor()).json(film).send().await.assert_status(201);
    }
    let path = format!("/api/v1/persons/{}", app.person("Two Faces"));

    assert_eq!(app.body(&path).await["person"]["roles"], json!(["actor"]));
    let found = app.body("/api/v1/persons/search?query=two+faces").await;
    assert_eq!(found["items"][0]["roles"], json!(["actor"]));
    let adult = list(&app, &path, &Some(app.aged(18))).await;
    assert_eq!(adult["person"]["roles"], json!(["director", "actor"]));
}

#[tokio::test]
async fn children_see_the_films_of_their_age() {
    let app = TestApp::start().await;

    for (age, highest, count) in [
        (0, 0, 7),
        (5, 0, 7),
        (6, 6, 14),
        (11, 6, 14),
        (12, 12, 36),
        (15, 12, 36),
        (16, 16, 50),
        (17, 16, 50),
        (18, 18, 60),
    ] {
        let films = list(&app, "/api/v1/films?page_size=100&total=true", &Some(app.aged(age))).await;
        let ratings = films["items"].as_array().expect("a list").iter().map(|film| film["age_rating"].as_u64());
        assert_eq!(ratings.max().flatten(), Some(highest), "{age}");
        assert_eq!(films["total"], count, "{age}");
    }
}

#[tokio::test]
async fn an_unrated_film_counts_as_16() {
    let app = TestApp::start().await;
    let film = json!({"title": "Unrated", "year": 2020});
    let made = app.post("/api/v1/films").bearer(&app.editor()).json(&film).send().await.assert_status(201);
    let path = format!("/api/v1/films/{}", made["film"]["id"].as_str().expect("an id"));

    app.body(&path).await;
    list(&app, &path, &Some(app.aged(16))).await;
    let child = app.aged(15);
    app.read(&path, Some(&child)).await.assert_problem(404, "movies.film_not_found");
}

#[tokio::test]
async fn subscription_decides_what_may_be_played_not_what_is_seen() {
    let app = TestApp::start().await;
    let (free, paid) = (app.film("Casablanca"), app.film("The Matrix"));
    let locked = json!({"allowed": false, "reason": "subscription_required"});
    let open = json!({"allowed": true});

    for (who, token, access) in [
        ("anonymous", None, &locked),
        ("member", Some(app.aged(30)), &locked),
        ("editor", Some(app.editor()), &locked),
        ("subscriber", Some(app.auth.token(Some(30), &["films.play_subscription"])), &open),
        ("subscriber of unknown age", Some(app.auth.token(None, &["films.play_subscription"])), &open),
    ] {
        assert_eq!(list(&app, &format!("/api/v1/films/{free}"), &token).await["film"]["access"], open, "{who}");
        assert_eq!(list(&app, &format!("/api/v1/films/{paid}"), &token).await["film"]["access"], *access, "{who}");
        let person = app.person("Keanu Reeves");
        for path in [
            "/api/v1/films?page_size=100".to_owned(),
            "/api/v1/films/search?query=matrix".to_owned(),
            format!("/api/v1/persons/{person}/films"),
        ] {
            let films = list(&app, &path, &token).await;
            let matrix = films["items"].as_array().expect("a list").iter().find(|film| film["id"] == paid);
            assert_eq!(matrix.expect("it is seen")["access"], *access, "{who}, {path}");
        }
    }
}

#[tokio::test]
async fn a_subscriber_whom_nobody_can_check_is_not_offered_a_subscription() {
    let app = TestApp::start().await;
    let (path, token) =
        (format!("/api/v1/films/{}", app.film("The Matrix")), app.auth.token(Some(30), &["subscriber"]));
    app.auth.fail(Failure::Returns500).await;
    let reply = app.read(&path, Some(&token)).await.assert_status(200);
    assert_eq!(reply["viewer"]["mode"], "degraded");
    assert_eq!(reply["film"]["access"], json!({"allowed": false, "reason": "not_checked"}));
}
