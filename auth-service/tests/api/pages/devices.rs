//! `/account/devices`.

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::browser::{Browser, PageReply};
use crate::app::{SignedIn, TestApp, TestUser};

async fn tv(app: &TestApp, user: &TestUser, name: &str) -> SignedIn {
    let device = json!({"kind": "tv", "name": name});
    let body = json!({"email": user.email, "password": user.password, "device": device});
    SignedIn::from(&app.post("/api/v1/sessions").json(&body).send().await.assert_status(201))
}

#[tokio::test]
async fn devices_are_listed_with_the_one_in_use_first() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    app.advance(Duration::from_secs(60));
    tv(&app, &user, "<b>Living room</b>").await;
    let text = browser.get("/account/devices").await.assert_page(200);
    let (mine, other) = (text.find("Firefox, Linux").unwrap(), text.find("&#60;b&#62;Living room").unwrap());
    assert!(mine < other && text.contains("this one") && text.contains("127.0.0.1"), "{text}");
}

#[tokio::test]
async fn a_device_is_signed_out_and_the_others_stay() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let (lost, kept) = (tv(&app, &user, "Lost").await, tv(&app, &user, "Kept").await);
    let action = format!("/account/devices/{}/sign-out", lost.session);
    for _ in 0..2 {
        let reply = browser.fill("/account/devices", &action, &[]).await;
        reply.assert_goes_to("/account/devices?done=session-ended");
    }
    app.me(&lost.access).await.assert_problem(401, "auth.token_invalid");
    app.me(&kept.access).await.assert_status(200);
    let text = browser.get("/account/devices").await.assert_page(200);
    assert!(!text.contains("Lost") && text.contains("Kept"), "{text}");
}

#[tokio::test]
async fn all_others_are_signed_out_at_once() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (mut here, mut there) = (Browser::signed_in(&app, &user).await, Browser::signed_in(&app, &user).await);
    let tv = tv(&app, &user, "TV").await;
    let reply = here.fill("/account/devices", "/account/devices/sign-out-others", &[]).await;
    reply.assert_goes_to("/account/devices?done=others-ended");
    there.get("/account").await.assert_asks_to_sign_in();
    app.refresh(&tv.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    assert!(here.get("/account/devices").await.assert_page(200).contains("You are signed in nowhere else."));
}

#[tokio::test]
async fn sessions_of_others_cannot_be_ended() {
    let app = TestApp::start().await;
    let stranger = app.signed_in(&app.user().await).await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    for id in [stranger.session.clone(), Uuid::now_v7().to_string(), "x".to_owned(), "%00".to_owned()] {
        browser.fill("/account/devices", &format!("/account/devices/{id}/sign-out"), &[]).await.assert_page(404);
    }
    app.me(&stranger.access).await.assert_status(200);
}

#[tokio::test]
async fn the_last_use_of_a_session_in_a_browser_is_known_to_the_hour() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let phone = app.signed_in(&user).await;
    let used = async || {
        let body = app.get("/api/v1/sessions").bearer(&phone.access).send().await.assert_status(200);
        let items = body["items"].as_array().unwrap().clone();
        items.iter().find(|item| item["current"] == false).unwrap()["last_used_at"].as_str().unwrap().to_owned()
    };
    let before = used().await;
    app.advance(Duration::from_secs(300));
    browser.get("/account").await.assert_page(200);
    assert_eq!(used().await, before);
    app.advance(Duration::from_secs(280));
    let soon = used().await;
    assert_eq!(soon, before);
    let refreshed = app.refresh(&phone.refresh).await.assert_status(200);
    app.advance(Duration::from_secs(3100));
    browser.get("/account").await.assert_page(200);
    let next = SignedIn::from(&refreshed);
    let next = SignedIn::from(&app.refresh(&next.refresh).await.assert_status(200));
    let body = app.get("/api/v1/sessions").bearer(&next.access).send().await.assert_status(200);
    let browsers = body["items"].as_array().unwrap().iter().find(|item| item["current"] == false).unwrap().clone();
    assert!(browsers["last_used_at"].as_str().unwrap() > before.as_str(), "{browsers}");
}

#[tokio::test]
async fn a_browser_that_signs_all_others_out_stays_a_known_device() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    let before = browser.cookies_of("__Host-marquee-device");
    browser.fill("/account/devices", "/account/devices/sign-out-others", &[]).await;
    let after = browser.cookies_of("__Host-marquee-device");
    assert!(after.len() == 1 && after != before, "{after:?}");
}
