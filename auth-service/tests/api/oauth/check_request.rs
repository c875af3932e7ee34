//! `GET /oauth2/check`.

use serde_json::json;

use service_kit::testing::TestReply;

use crate::app::TestApp;

const HEADERS: [&str; 4] = ["x-marquee-user", "x-marquee-session", "x-marquee-roles", "x-marquee-age-limit"];

async fn check(app: &TestApp, query: &str, token: &str) -> TestReply {
    app.get(&format!("/oauth2/check{query}")).bearer(token).send().await
}

#[tokio::test]
async fn an_allowed_request_has_every_header_also_those_without_a_value() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let tokens = app.signed_in(&user).await;
    let reply = check(&app, "", &tokens.access).await;
    let body = reply.assert_status(200);
    assert_eq!((&body["user_id"], reply.header("x-marquee-user")), (&json!(user.id), &*user.id));
    assert_eq!(body["session_id"], reply.header("x-marquee-session"));
    for name in HEADERS {
        assert_eq!(reply.headers.get_all(name).iter().count(), 1, "{name}");
    }
    assert_eq!((reply.header("x-marquee-roles"), reply.header("x-marquee-age-limit")), ("", ""));
    assert_eq!(reply.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn all_requirements_must_be_met() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    for (query, status) in [
        ("?role=admin", 200),
        ("?role=editor", 403),
        ("?role=ADMIN", 403),
        ("?role=admin,editor", 403),
        ("?permission=users.manage", 200),
        ("?permission=films.nothing", 403),
        ("?aud=marquee", 200),
        ("?role=admin&permission=users.manage&aud=marquee", 200),
        ("?role=admin&permission=films.nothing&aud=marquee", 403),
        ("?aud=films", 401),
    ] {
        let reply = check(&app, query, &admin.access).await;
        assert_eq!(reply.status.as_u16(), status, "{query}: {}", reply.text());
        assert!(status == 200 || HEADERS.iter().all(|name| reply.header(name).is_empty()), "{query}");
    }
}

#[tokio::test]
async fn a_requirement_that_is_misspelled_empty_or_given_twice_allows_nothing() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let long = format!("?aud={}", "x".repeat(201));
    for query in [&long, "?rol=admin", "?role=", "?aud=", "?role=admin&role=admin", "?permission=", "?role=admin&x"] {
        let reply = check(&app, query, &admin.access).await;
        assert!(reply.status.as_u16() >= 400, "{query}: {}", reply.status);
    }
}

#[tokio::test]
async fn without_an_active_token_no_request_is_allowed() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    app.get("/oauth2/check").send().await.assert_problem(401, "auth.token_missing");
    for token in ["garbage", "", &tokens.refresh, &tokens.access[..40]] {
        let reply = check(&app, "", token).await;
        assert_eq!(reply.status, 401, "{token}");
        assert!(reply.header("www-authenticate").starts_with("Bearer"));
    }
    app.log_out(&tokens.access).await.assert_status(204);
    check(&app, "", &tokens.access).await.assert_problem(401, "auth.token_invalid");
}
