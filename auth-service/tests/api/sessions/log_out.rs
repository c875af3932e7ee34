//! `DELETE /api/v1/sessions/current`.

use std::time::Duration;

use crate::app::TestApp;

#[tokio::test]
async fn signing_out_ends_both_tokens_at_once() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    assert!(app.is_active(&tokens.access).await);
    app.log_out(&tokens.access).await.assert_status(204);
    assert!(!app.is_active(&tokens.access).await);
    app.me(&tokens.access).await.assert_problem(401, "auth.token_invalid");
    app.refresh(&tokens.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
}

#[tokio::test]
async fn signing_out_twice_is_no_error() {
    let app = TestApp::start().await;
    let tokens = app.signed_in(&app.user().await).await;
    app.log_out(&tokens.access).await.assert_status(204);
    app.log_out(&tokens.access).await.assert_status(204);
}

#[tokio::test]
async fn signing_out_on_one_device_leaves_the_others_signed_in() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (tv, phone) = (app.signed_in(&user).await, app.signed_in(&user).await);
    app.log_out(&tv.access).await.assert_status(204);
    app.me(&phone.access).await.assert_status(200);
    app.refresh(&phone.refresh).await.assert_status(200);
}

#[tokio::test]
async fn signing_out_needs_a_valid_token() {
    let app = TestApp::start().await;
    app.delete("/api/v1/sessions/current").send().await.assert_problem(401, "auth.token_missing");
    let tokens = app.signed_in(&app.user().await).await;
    app.advance(Duration::from_secs(600));
    app.log_out(&tokens.access).await.assert_problem(401, "auth.token_invalid");
}
