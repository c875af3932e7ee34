//! Rules of all acts: the permission, a reason, a recent sign-in.

use std::time::Duration;

use contracts::ids::UserId;
use serde_json::json;

use super::{act, act_with, events, look};
use crate::app::{SignedIn, TestApp};

const ACTS: [&str; 8] =
    ["disable", "enable", "unlock", "end-sessions", "free-email", "prove-email", "correct-birth-date", "delete"];

#[tokio::test]
async fn only_operators_act_and_nothing_is_recorded_of_others() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let (user, victim) = (app.signed_in(&app.user().await).await, app.user().await);
    for name in ACTS {
        act(&app, &user, &victim.id, name).await.assert_problem(403, "auth.forbidden");
        let path = format!("/api/v1/users/{}/{name}", victim.id);
        app.post(&path).json(&json!({"reason": "x"})).send().await.assert_problem(401, "auth.token_missing");
    }
    look(&app, &user, &victim.id).await.assert_problem(403, "auth.forbidden");
    for path in ["/api/v1/audit?reason=x", "/api/v1/users/search?reason=x&role=admin"] {
        app.get(path).bearer(&user.access).send().await.assert_problem(403, "auth.forbidden");
    }
    assert!(events(&app, &admin, "").await.is_empty());
}

#[tokio::test]
async fn without_a_reason_nothing_is_done_and_nothing_is_shown() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let user = app.user().await;
    for reason in [json!({}), json!({"reason": ""}), json!({"reason": " "}), json!({"reason": "x".repeat(201)})] {
        for name in ACTS {
            act_with(&app, &admin, &user.id, name, reason.clone()).await.assert_problem(422, "request.invalid_fields");
        }
    }
    let path = format!("/api/v1/users/{}", user.id);
    for path in [&path, "/api/v1/audit", "/api/v1/users/search?role=admin"] {
        for more in ["", "reason=", "reason=%20", "reason=a%0Ab"] {
            let path = format!("{path}{}{more}", if path.contains('?') { "&" } else { "?" });
            let reply = app.get(&path).bearer(&admin.access).send().await;
            reply.assert_problem(422, "request.invalid_fields");
        }
    }
    assert!(events(&app, &admin, "").await.is_empty());
    app.signed_in(&user).await;
}

#[tokio::test]
async fn an_operator_who_signed_in_more_than_ten_minutes_ago_signs_in_again_first() {
    let app = TestApp::start().await;
    let (boss, admin) = app.admin().await;
    let user = app.user().await;
    act(&app, &admin, &user.id, "unlock").await.assert_status(204);
    app.advance(Duration::from_secs(601));
    let stale = SignedIn::from(&app.refresh(&admin.refresh).await.assert_status(200));
    for name in ACTS {
        act(&app, &stale, &user.id, name).await.assert_problem(403, "auth.session_not_fresh");
    }
    look(&app, &stale, &user.id).await.assert_problem(403, "auth.session_not_fresh");
    for path in ["/api/v1/audit?reason=x", "/api/v1/users/search?reason=x&role=admin"] {
        app.get(path).bearer(&stale.access).send().await.assert_problem(403, "auth.session_not_fresh");
    }
    let fresh = app.signed_in(&boss).await;
    act(&app, &fresh, &user.id, "unlock").await.assert_status(204);
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_404_and_an_event() {
    let app = TestApp::start().await;
    let (_, admin) = app.admin().await;
    let unknown = UserId::new().to_string();
    for name in ACTS {
        act(&app, &admin, &unknown, name).await.assert_problem(404, "auth.user_not_found");
    }
    look(&app, &admin, &unknown).await.assert_problem(404, "auth.user_not_found");
    let recorded = events(&app, &admin, &format!("&user_id={unknown}")).await;
    assert_eq!(recorded.len(), ACTS.len() + 1);
    assert!(recorded.iter().all(|event| event["outcome"] == "user_not_found"), "{recorded:?}");
    act(&app, &admin, "17", "disable").await.assert_problem(400, "request.invalid_path");
}
