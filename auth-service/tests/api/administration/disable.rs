//! Disabling, enabling and ending sessions.

use serde_json::json;
use service_kit::testing::eventually;

use super::{act, events, look};
use crate::addresses::support::NEW_PASSWORD;
use crate::app::{SignedIn, TestApp};
use crate::captcha::BOUND;

#[tokio::test]
async fn a_disabled_account_loses_its_sessions_and_looks_like_a_wrong_password() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user().await;
    let before = app.signed_in(&user).await;
    for _ in 0..2 {
        act(&app, &admin, &user.id, "disable").await.assert_status(204);
    }
    assert!(!app.is_active(&before.access).await);
    app.refresh(&before.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    app.log_in(&user.email, &user.password).await.assert_problem(401, "auth.wrong_credentials");
    let shown = look(&app, &admin, &user.id).await.assert_status(200);
    assert_eq!((&shown["user"]["status"], &shown["sessions"]), (&json!("disabled"), &json!([])));
    act(&app, &admin, &user.id, "enable").await.assert_status(204);
    app.refresh(&before.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    app.signed_in(&user).await;
    let recorded = events(&app, &admin, &format!("&user_id={}", user.id)).await;
    let outcomes: Vec<_> = recorded.iter().rev().map(|event| (&event["action"], &event["outcome"])).collect();
    assert_eq!(
        json!(outcomes),
        json!([["disable_user", "done"], ["disable_user", "unchanged"], ["get_user", "done"], ["enable_user", "done"]])
    );
}

#[tokio::test]
async fn a_disabled_account_is_cut_off_at_every_replica_and_nothing_under_way_opens_it() {
    let app = TestApp::start().await;
    let other = TestApp::start_in(app.home.clone(), |_| ()).await;
    let (_, admin) = app.admin().await;
    let user = app.user().await;
    let session = other.signed_in(&user).await;
    assert!(other.is_active(&session.access).await);
    let (reset, code) = (app.ask_reset(&user.email).await, app.code_to(&user.email).await);
    app.ask_proof(&session).await.assert_status(202);

    act(&app, &admin, &user.id, "disable").await.assert_status(204);
    assert!(!app.is_active(&session.access).await, "here at once");
    eventually("the other replica has read it", BOUND, async || !other.is_active(&session.access).await).await;
    other.refresh(&session.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    other.ask_proof(&session).await.assert_problem(401, "auth.token_invalid");
    app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_problem(400, "auth.code_invalid");
    app.log_in(&user.email, NEW_PASSWORD).await.assert_problem(401, "auth.wrong_credentials");

    act(&app, &admin, &user.id, "enable").await.assert_status(204);
    app.signed_in(&user).await;
}

#[tokio::test]
async fn operators_do_not_disable_themselves_and_the_last_administrator_stays() {
    let app = TestApp::start().await;
    let ((one, one_token), (two, _)) = tokio::join!(app.admin(), app.admin());
    act(&app, &one_token, &one.id, "disable").await.assert_problem(409, "auth.last_admin");
    act(&app, &one_token, &two.id, "disable").await.assert_status(204);
    for name in ["disable", "delete", "free-email"] {
        act(&app, &one_token, &one.id, name).await.assert_problem(409, "auth.last_admin");
    }
    app.is_active(&one_token.access).await;
    act(&app, &one_token, &two.id, "enable").await.assert_status(204);
    act(&app, &one_token, &one.id, "delete").await.assert_status(204);
}

#[tokio::test]
async fn all_sessions_of_an_account_are_ended_and_it_may_sign_in_again() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user().await;
    let sessions = [app.signed_in(&user).await, app.signed_in(&user).await];
    assert_eq!(look(&app, &admin, &user.id).await.assert_status(200)["sessions"].as_array().unwrap().len(), 2);
    act(&app, &admin, &user.id, "end-sessions").await.assert_status(204);
    for SignedIn { access, refresh, .. } in &sessions {
        assert!(!app.is_active(access).await);
        app.refresh(refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    }
    assert!(app.is_active(&app.signed_in(&user).await.access).await);
}

#[tokio::test]
async fn a_deleted_account_is_gone_and_its_email_is_free() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user().await;
    let before = app.signed_in(&user).await;
    act(&app, &admin, &user.id, "delete").await.assert_status(204);
    assert!(!app.is_active(&before.access).await);
    app.log_in(&user.email, &user.password).await.assert_problem(401, "auth.wrong_credentials");
    act(&app, &admin, &user.id, "delete").await.assert_problem(404, "auth.user_not_found");
    app.user_with(json!({"email": user.email})).await;
    let recorded = events(&app, &admin, &format!("&user_id={}", user.id)).await;
    assert_eq!((recorded.len(), &recorded[1]["outcome"]), (2, &json!("done")), "events outlive the account");
}
