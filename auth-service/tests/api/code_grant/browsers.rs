//! Who is asked, who signs in, and what a foreign page can do.

use std::time::Duration;

use super::{PAGE, answer, app, authorize, code_of, query_of, redeem, request_with, value};
use crate::pages::browser::{Browser, PageReply};

#[tokio::test]
async fn who_is_not_signed_in_comes_back_after_signing_in() {
    let app = app().await;
    let user = app.user().await;
    let mut browser = Browser::new(&app);
    authorize(&mut browser, &[]).await.assert_asks_to_sign_in();
    browser.sign_in(&user.email, &user.password).await.assert_goes_to(PAGE);
    let code = code_of(&browser.get(PAGE).await);
    assert!(browser.cookies_of("__Host-marquee-authorize").is_empty(), "used once");
    redeem(&app, &code, &[]).await.assert_status(200);
}

#[tokio::test]
async fn a_new_account_leads_back_to_the_app_too() {
    let app = app().await;
    let mut browser = Browser::new(&app);
    authorize(&mut browser, &[]).await.assert_asks_to_sign_in();
    browser.sign_up_after(5, &crate::app::unique_email()).await.assert_goes_to(PAGE);
    code_of(&browser.get(PAGE).await);
}

#[tokio::test]
async fn without_a_sign_in_nothing_is_asked_where_nothing_may_be_asked() {
    let app = app().await;
    let mut browser = Browser::new(&app);
    let url = answer(&authorize(&mut browser, &[("prompt", "none")]).await);
    assert_eq!(value(&url, "error").as_deref(), Some("login_required"));
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    code_of(&authorize(&mut browser, &[("prompt", "none")]).await);
    app.advance(Duration::from_secs(61));
    for change in [("max_age", "60"), ("max_age", "0")] {
        let url = answer(&authorize(&mut browser, &[("prompt", "none"), change]).await);
        assert_eq!(value(&url, "error").as_deref(), Some("login_required"), "{change:?}");
    }
}

#[tokio::test]
async fn an_app_may_want_its_user_to_sign_in_again() {
    let app = app().await;
    let user = app.user().await;
    for change in [("prompt", "login"), ("max_age", "60")] {
        let mut browser = Browser::signed_in(&app, &user).await;
        app.advance(Duration::from_secs(100));
        let shown = authorize(&mut browser, &[change]).await;
        assert!(shown.assert_page(200).contains("Sign in again"), "{change:?}");
        let query = query_of(&request_with(&[change]));
        let go_on = [("request", query.as_str()), ("decision", "go_on")];
        browser.post(PAGE, &shown.form_token(), &go_on).await.assert_goes_to(&format!("{PAGE}?{query}"));
        let again = [("request", query.as_str()), ("decision", "switch_account")];
        browser.post(PAGE, &shown.form_token(), &again).await.assert_asks_to_sign_in();
        browser.get("/account").await.assert_asks_to_sign_in();
        browser.sign_in(&user.email, &user.password).await.assert_goes_to(PAGE);
        code_of(&browser.get(PAGE).await);
    }
}

#[tokio::test]
async fn an_app_may_want_both_another_sign_in_and_consent() {
    let app = app().await;
    let user = app.user().await;
    let mut browser = Browser::new(&app);
    authorize(&mut browser, &[("prompt", "login consent")]).await.assert_asks_to_sign_in();
    browser.sign_in(&user.email, &user.password).await.assert_goes_to(PAGE);
    let text = browser.get(PAGE).await.assert_page(200);
    assert!(text.contains("Go on with this account?"), "{text}");
}

#[tokio::test]
async fn the_user_is_asked_where_any_app_of_the_device_may_get_the_answer() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    for uri in ["org.example.films:/signed-in", "http://127.0.0.1:4567/signed-in"] {
        let changes = [("client_id", "phone"), ("redirect_uri", uri)];
        let shown = authorize(&mut browser, &changes).await;
        let text = shown.assert_page(200);
        assert!(text.contains("an app on this device") && text.contains("phone"), "{text}");
        let query = query_of(&request_with(&changes));
        let fields = |decision| [("request", query.as_str()), ("decision", decision)];
        let token = shown.form_token();
        let refused = answer(&browser.post(PAGE, &token, &fields("cancel")).await);
        assert_eq!(value(&refused, "error").as_deref(), Some("access_denied"));
        let url = answer(&browser.post(PAGE, &token, &fields("go_on")).await);
        assert!(url.as_str().starts_with(uri), "{url}");
        let tokens = [("client_id", "phone"), ("redirect_uri", uri)];
        redeem(&app, &value(&url, "code").unwrap(), &tokens).await.assert_status(200);
        let silent = answer(&authorize(&mut browser, &[changes[0], changes[1], ("prompt", "none")]).await);
        assert_eq!(value(&silent, "error").as_deref(), Some("interaction_required"));
    }
    let shown = authorize(&mut browser, &[("prompt", "consent")]).await.assert_page(200);
    assert!(shown.contains("Films on the web") && shown.contains("films.example.org"), "{shown}");
}

#[tokio::test]
async fn no_foreign_form_and_no_frame_answers_for_the_user() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let changes = [("client_id", "phone"), ("redirect_uri", "org.example.films:/signed-in")];
    let shown = authorize(&mut browser, &changes).await;
    assert_eq!(shown.header("x-frame-options"), "DENY");
    let query = query_of(&request_with(&changes));
    let fields = [("request", query.as_str()), ("decision", "go_on")];
    browser.post(PAGE, "x", &fields).await.assert_page(403);
    let token = shown.form_token();
    browser.form_headers =
        vec![("origin", "https://evil.test".to_owned()), ("sec-fetch-site", "cross-site".to_owned())];
    browser.post(PAGE, &token, &fields).await.assert_page(403);
}

#[tokio::test]
async fn the_page_speaks_the_language_of_its_reader() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let query = query_of(&request_with(&[("prompt", "consent")]));
    let text = browser.get(&format!("{PAGE}?{query}&lang=ru")).await.assert_page(200);
    assert!(text.contains("Фильмы в браузере") && text.contains("Продолжить"), "{text}");
    // The switch keeps the request, however often it is used.
    let switch = format!("{PAGE}?{}&#38;lang=en", query.replace('&', "&#38;"));
    assert!(text.contains(&switch), "{text}");
}

#[tokio::test]
async fn a_request_that_somebody_made_up_in_a_cookie_or_a_field_is_read_like_any_other() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let token = authorize(&mut browser, &[("prompt", "consent")]).await.form_token();
    for request in ["", "x", "client_id=web&redirect_uri=https://evil.test", "%ff%00"] {
        let fields = [("request", request), ("decision", "go_on")];
        browser.post(PAGE, &token, &fields).await.assert_page(400);
    }
    let made_up = "__Host-marquee-authorize=client_id=web&redirect_uri=https://evil.test/";
    let text = app.get(PAGE).header("cookie", made_up).send().await.assert_page(400);
    assert!(!text.contains("evil.test"), "{text}");
}

#[tokio::test]
async fn the_request_of_one_tab_outlives_the_answer_of_another() {
    let app = app().await;
    let user = app.user().await;
    let mut browser = Browser::new(&app);
    authorize(&mut browser, &[("state", "of the first tab")]).await.assert_asks_to_sign_in();
    answer(&authorize(&mut browser, &[("prompt", "none"), ("state", "of another")]).await);
    authorize(&mut browser, &[("client_id", "nobody")]).await.assert_page(400);
    browser.sign_in(&user.email, &user.password).await.assert_goes_to(PAGE);
    let url = answer(&browser.get(PAGE).await);
    assert_eq!(value(&url, "state").as_deref(), Some("of the first tab"));
}

#[tokio::test]
async fn a_question_whose_session_has_ended_is_asked_again_after_a_sign_in() {
    let app = app().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let shown = authorize(&mut browser, &[("prompt", "consent")]).await;
    let elsewhere = app.signed_in(&user).await;
    app.delete("/api/v1/sessions/others").bearer(&elsewhere.access).send().await.assert_status(204);
    let query = query_of(&request_with(&[("prompt", "consent")]));
    let fields = [("request", query.as_str()), ("decision", "go_on")];
    browser.post(PAGE, &shown.form_token(), &fields).await.assert_asks_to_sign_in();
    browser.sign_in(&user.email, &user.password).await.assert_goes_to(PAGE);
    assert!(browser.get(PAGE).await.assert_page(200).contains("Go on with this account?"));
}

#[tokio::test]
async fn nothing_in_a_request_becomes_a_part_of_its_cookie() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    let raw = query_of(&request_with(&[("state", ""), ("prompt", "consent")])) + "&state=a;domain=evil.test;path=/x";
    let reply = browser.get(&format!("{PAGE}?{raw}&lang=ru")).await;
    reply.assert_page(200);
    let mut lines = reply.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let request = lines.find(|line| line.starts_with("__Host-marquee-authorize=")).unwrap();
    let (value, attributes) = request.split_once(';').unwrap();
    assert!(value.ends_with("&state=a%3Bdomain%3Devil.test%3Bpath%3D%2Fx"), "{value}");
    assert!(!attributes.to_lowercase().contains("domain") && attributes.matches("Path=").count() == 1, "{attributes}");
}
