//! `POST /api/v1/me/password`.

use serde_json::json;
use service_kit::server::limits::LimitsConfig;
use service_kit::testing::TestReply;

use crate::app::{SignedIn, TestApp};

const NEW: &str = "nine owls in a tall tree";

async fn change(app: &TestApp, by: &SignedIn, current: &str, new: &str) -> TestReply {
    let body = json!({"current_password": current, "new_password": new});
    app.post("/api/v1/me/password").bearer(&by.access).json(&body).send().await
}

#[tokio::test]
async fn another_password_ends_every_other_session_and_every_token_from_before() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (tv, here) = (app.signed_in(&user).await, app.signed_in(&user).await);
    change(&app, &here, &user.password, NEW).await.assert_status(200);
    for ended in [&tv, &here] {
        app.me(&ended.access).await.assert_problem(401, "auth.token_invalid");
    }
    app.refresh(&tv.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    let here = SignedIn::from(&app.refresh(&here.refresh).await.assert_status(200));
    app.me(&here.access).await.assert_status(200);
    app.log_in(&user.email, &user.password).await.assert_problem(401, "auth.wrong_credentials");
    app.log_in(&user.email, NEW).await.assert_status(201);
}

#[tokio::test]
async fn without_the_current_password_nothing_changes() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let here = app.signed_in(&user).await;
    change(&app, &here, "four cats on a sofa", NEW).await.assert_problem(403, "auth.wrong_password");
    app.me(&here.access).await.assert_status(200);
    app.log_in(&user.email, &user.password).await.assert_status(201);
}

#[tokio::test]
async fn a_common_or_short_password_is_refused() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let here = app.signed_in(&user).await;
    let problem = change(&app, &here, &user.password, "PassWord1").await;
    let problem = problem.assert_problem(422, "auth.password_too_common");
    assert_eq!(problem["errors"][0]["pointer"], "/new_password");
    change(&app, &here, &user.password, "short").await.assert_problem(422, "request.invalid_fields");
    app.me(&here.access).await.assert_status(200);
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (tv, phone) = (app.signed_in(&user).await, app.signed_in(&user).await);
    let other = "seven hens in a barn";
    let (one, two) = tokio::join!(change(&app, &tv, &user.password, NEW), change(&app, &phone, &user.password, other));
    let statuses = [one.status.as_u16(), two.status.as_u16()];
    let won = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(won, 1, "{statuses:?}");
    let password = if statuses[0] == 200 { NEW } else { other };
    app.log_in(&user.email, password).await.assert_status(201);
}

#[tokio::test]
async fn guessing_the_current_password_takes_from_the_budget_of_signing_in() {
    let app = TestApp::start_with(|config| config.limits = LimitsConfig::of(&auth_service::limits::LIMITS)).await;
    let user = app.user().await;
    let here = app.signed_in(&user).await;
    for _ in 0..5 {
        change(&app, &here, "four cats on a sofa", NEW).await.assert_problem(403, "auth.wrong_password");
        app.log_in(&user.email, "four cats on a sofa").await.assert_problem(401, "auth.wrong_credentials");
    }
    for reply in [change(&app, &here, &user.password, NEW).await, app.log_in(&user.email, &user.password).await] {
        let problem = reply.assert_problem(429, "request.rate_limited");
        assert_eq!(problem["violated-policies"], json!(["log_in_guess"]));
    }
}

#[tokio::test]
async fn sessions_opened_with_the_old_password_during_a_change_are_ended() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let here = app.signed_in(&user).await;
    let attempts = futures_util::future::join_all((0..12).map(|_| app.log_in(&user.email, &user.password)));
    let (changed, attempts) = tokio::join!(change(&app, &here, &user.password, NEW), attempts);
    changed.assert_status(200);
    for attempt in attempts.into_iter().filter(|attempt| attempt.status.as_u16() == 201) {
        let intruder = SignedIn::from(&attempt.json());
        app.refresh(&intruder.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
        app.me(&intruder.access).await.assert_problem(401, "auth.token_invalid");
    }
    let here = SignedIn::from(&app.refresh(&here.refresh).await.assert_status(200));
    let body = app.get("/api/v1/sessions").bearer(&here.access).send().await.assert_status(200);
    assert_eq!(body["items"].as_array().unwrap().len(), 1, "{body}");
}
