//! `/account/history`.

use std::time::Duration;

use super::browser::{Browser, PageReply};
use crate::app::TestApp;

/// Number of lines on the page.
fn lines(text: &str) -> usize {
    text.matches("<td data-label=\"When\">").count()
}

#[tokio::test]
async fn the_history_is_shown_newest_first_page_by_page() {
    let app = TestApp::start().await;
    let user = app.user().await;
    for _ in 0..24 {
        app.signed_in(&user).await;
        app.advance(Duration::from_secs(60));
    }
    let mut browser = Browser::signed_in(&app, &user).await;
    let first = browser.get("/account/history").await.assert_page(200);
    assert_eq!(lines(&first), 20);
    assert!(first.find("Computer").unwrap() < first.find("<td data-label=\"Device\">Device").unwrap(), "{first}");
    let (_, rest) = first.split_once("/account/history?cursor=").expect("a next page");
    let cursor = rest.split('"').next().unwrap();
    let second = browser.get(&format!("/account/history?cursor={cursor}")).await.assert_page(200);
    assert_eq!(lines(&second), 5);
    assert!(!second.contains("?cursor=") && second.contains("Newest"), "{second}");
}

#[tokio::test]
async fn a_wrong_password_is_shown_in_the_history() {
    let app = TestApp::start().await;
    let user = app.user().await;
    Browser::new(&app).sign_in(&user.email, "four cats on a sofa").await.assert_page(401);
    app.advance(Duration::from_secs(60));
    let mut browser = Browser::signed_in(&app, &user).await;
    service_kit::testing::eventually("the try is written down", Duration::from_secs(10), async || {
        lines(&browser.get("/account/history").await.assert_page(200)) == 2
    })
    .await;
    assert!(browser.get("/account/history").await.text().contains("Wrong password"));
}

#[tokio::test]
async fn an_invalid_cursor_gets_an_error_page() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, &app.user().await).await;
    for cursor in ["", "x", "%00", "-1", "ffffffffffffffff", "'; DROP TABLE users"] {
        browser.get(&format!("/account/history?cursor={cursor}")).await.assert_page(400);
    }
}
