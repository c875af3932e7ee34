//! Requests of apps: what is rejected here, what at the app.

use super::{AUTHORIZE, BACK, PAGE, answer, app, authorize, code_of, query_of, request_with, value};
use crate::app::TestApp;
use crate::pages::browser::{Browser, PageReply};

async fn error_of(browser: &mut Browser<'_>, changes: &[(&str, &str)]) -> String {
    let url = answer(&authorize(browser, changes).await);
    assert!(url.as_str().starts_with(BACK), "{url}");
    assert_eq!(value(&url, "iss").as_deref(), Some("http://auth.test"));
    assert_eq!(value(&url, "code"), None);
    value(&url, "error").unwrap_or_default()
}

#[tokio::test]
async fn an_app_gets_a_code_its_state_and_the_issuer() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let url = answer(&authorize(&mut browser, &[]).await);
    assert!(url.as_str().starts_with(&format!("{BACK}?code=")));
    assert_eq!(value(&url, "state").as_deref(), Some("st&te"));
    assert_eq!(value(&url, "iss").as_deref(), Some("http://auth.test"));
    let other = "https://films.example.org/other?a=1";
    let url = answer(&authorize(&mut browser, &[("redirect_uri", other), ("state", "")]).await);
    assert!(url.as_str().starts_with(&format!("{other}&code=")) && value(&url, "state").is_none(), "{url}");
}

#[tokio::test]
async fn a_client_or_redirect_uri_that_is_not_known_is_told_to_the_user_alone() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    for change in [
        ("client_id", ""),
        ("client_id", "nobody"),
        ("client_id", "WEB"),
        ("client_id", "marquee"),
        ("client_id", "tv"),
        ("client_id", "phone"),
        ("redirect_uri", ""),
        ("redirect_uri", "https://films.example.org/signed-in/"),
        ("redirect_uri", "https://films.example.org.evil.test/signed-in"),
        ("redirect_uri", "https://films.example.org@evil.test/signed-in"),
        ("redirect_uri", "https://films.example.org/signed-in#x"),
        ("redirect_uri", "//evil.test"),
        ("redirect_uri", "javascript:alert(1)"),
    ] {
        let text = authorize(&mut browser, &[change]).await.assert_page(400);
        assert!(text.contains("The app made a mistake") && !text.contains("http-equiv=\"refresh\""), "{change:?}");
        assert!(!text.contains("evil.test") && !text.contains("alert(1)"), "{change:?}: nothing is repeated");
    }
    for twice in [("client_id", "web"), ("redirect_uri", BACK)] {
        let mut pairs = request_with(&[]);
        pairs.push((twice.0.to_owned(), twice.1.to_owned()));
        browser.get(&format!("{PAGE}?{}", query_of(&pairs))).await.assert_page(400);
    }
}

#[tokio::test]
async fn other_mistakes_are_told_to_the_app() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let long = "n".repeat(256);
    for (change, error) in [
        (("response_type", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", "code id_token"), "unsupported_response_type"),
        (("response_mode", "fragment"), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "abc"), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("nonce", long.as_str()), "invalid_request"),
        (("nonce", "a b"), "invalid_request"),
        (("nonce", "\u{1}"), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
        (("max_age", "-1"), "invalid_request"),
        (("max_age", "soon"), "invalid_request"),
        (("resource", "films"), "invalid_target"),
        (("request", "eyJ"), "request_not_supported"),
        (("request_uri", "https://x"), "request_uri_not_supported"),
    ] {
        assert_eq!(error_of(&mut browser, &[change]).await, error, "{change:?}");
    }
    let mut twice = request_with(&[]);
    twice.push(("scope".into(), "openid".into()));
    twice.push(("scope".into(), "email".into()));
    let url = answer(&browser.get(&format!("{PAGE}?{}", query_of(&twice))).await);
    assert_eq!(value(&url, "error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn unknown_parameters_scopes_and_prompts_are_ignored() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    for change in [
        ("colour", "blue"),
        ("scope", "offline_access films"),
        ("prompt", "create"),
        ("response_mode", "query"),
        ("login_hint", "anna@example.org"),
        ("max_age", "3600"),
        ("resource", "marquee"),
    ] {
        code_of(&authorize(&mut browser, &[change]).await);
    }
}

#[tokio::test]
async fn a_request_that_is_too_long_is_rejected() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let long = "s".repeat(3000);
    authorize(&mut browser, &[("state", &long)]).await.assert_page(400);
    let state = "s".repeat(2000);
    let url = answer(&authorize(&mut browser, &[("state", &state)]).await);
    assert_eq!(value(&url, "state"), Some(state));
}

#[tokio::test]
async fn a_form_of_another_site_becomes_a_request_by_get() {
    let app = app().await;
    let pairs = request_with(&[]);
    let form: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let reply = app.post(AUTHORIZE).header("origin", "https://films.example.org").form(&form).send().await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("location")),
        (303, format!("{PAGE}?{}", query_of(&pairs)).as_str())
    );
    assert!(!reply.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn a_client_that_an_administrator_defines_is_known_at_once() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let body = serde_json::json!({
        "client_id": "web", "kind": "public", "grants": ["authorization_code"], "first_party": true,
        "redirect_uris": [BACK], "names": {"en": "Films"},
    });
    let created = app.post("/api/v1/clients").bearer(&admin.access).json(&body).send().await.assert_status(201);
    assert_eq!(created["client"]["redirect_uris"], serde_json::json!([BACK]));
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    code_of(&authorize(&mut browser, &[]).await);
}
