//! Errors of pages are pages.

use reqwest::Method;

use super::browser::{Browser, ORIGIN, PageReply};
use crate::app::TestApp;

#[tokio::test]
async fn unknown_paths_and_wrong_methods_get_pages_below_the_account_and_problems_outside() {
    let app = TestApp::start().await;
    for path in ["/account/nothing", "/account/sign-in/x", "/account/social//callback", "/account//", "/account/%00"] {
        let text = app.get(path).send().await.assert_page(404);
        assert!(!text.contains("urn:marquee"), "{text}");
    }
    let slash = app.get("/account/?lang=ru").send().await;
    assert_eq!((slash.status.as_u16(), slash.header("location")), (308, "/account?lang=ru"));
    let reply = app.request(Method::DELETE, "/account/sign-in").send().await;
    reply.assert_page(405);
    assert_eq!(reply.header("allow"), "GET, POST, HEAD");
    app.get("/accounts").send().await.assert_problem(404, "request.no_such_route");
    app.get("/api/v1/nothing").send().await.assert_problem(404, "request.no_such_route");
}

#[tokio::test]
async fn an_error_page_shows_the_request_id() {
    let app = TestApp::start().await;
    let reply = app.get("/account/nothing").header("x-request-id", "abc-123").send().await;
    assert!(reply.assert_page(404).contains("<code>abc-123</code>"));
    assert_eq!(reply.header("x-request-id"), "abc-123");
    let hostile = app.get("/account/nothing").header("x-request-id", "<b>").send().await;
    assert!(!hostile.assert_page(404).contains("<b>"));
}

#[tokio::test]
async fn oversized_and_malformed_forms_are_refused_with_a_page() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let token = browser.get("/account/sign-in").await.form_token();
    browser.post("/account/sign-in", &token, &[("email", &"a".repeat(1 << 20))]).await.assert_page(413);
    browser.post("/account/sign-in", &token, &[("email", &"a".repeat(16 * 1024))]).await.assert_page(413);
    let (name, value) = browser.cookies_of("__Host-marquee-form-").remove(0);
    let cookie = format!("{name}={value}");
    let begin = || app.post("/account/sign-in").header("origin", ORIGIN).header("cookie", &cookie);
    begin().json(&serde_json::json!({"form_token": token})).send().await.assert_page(415);
    begin().body("multipart/form-data; boundary=x", "--x--").send().await.assert_page(415);
    begin().body("application/x-www-form-urlencoded", vec![0xff, 0xfe]).send().await.assert_page(400);
    begin().body("application/x-www-form-urlencoded", "form_token").send().await.assert_page(403);
}

#[tokio::test]
async fn while_the_database_is_unavailable_an_error_page_without_sql_is_shown() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    app.state().store.close().await;
    let reply = browser.get("/account").await;
    let text = reply.text();
    assert!([500, 503].contains(&reply.status.as_u16()), "{text}");
    reply.assert_page(reply.status.as_u16());
    assert!(!text.to_lowercase().contains("sql"), "{text}");
}
