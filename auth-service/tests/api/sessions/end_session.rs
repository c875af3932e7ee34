//! `DELETE /api/v1/sessions/{session_id}`.

use reqwest::Method;
use service_kit::testing::TestReply;
use uuid::Uuid;

use crate::app::{SignedIn, TestApp};

async fn end(app: &TestApp, by: &SignedIn, session: &str) -> TestReply {
    app.request(Method::DELETE, &format!("/api/v1/sessions/{session}")).bearer(&by.access).send().await
}

#[tokio::test]
async fn a_user_ends_a_session_on_another_device_with_all_its_tokens() {
    let app = TestApp::start().await;
    let user = app.user().await;
    let (tv, phone) = (app.signed_in(&user).await, app.signed_in(&user).await);
    end(&app, &phone, &tv.session).await.assert_status(204);
    app.me(&tv.access).await.assert_problem(401, "auth.token_invalid");
    app.refresh(&tv.refresh).await.assert_problem(401, "auth.refresh_token_invalid");
    app.me(&phone.access).await.assert_status(200);
    end(&app, &phone, &tv.session).await.assert_status(204);
}

#[tokio::test]
async fn sessions_of_others_and_sessions_that_never_were_look_the_same() {
    let app = TestApp::start().await;
    let (mine, other) = (app.signed_in(&app.user().await).await, app.signed_in(&app.user().await).await);
    for session in [other.session.clone(), Uuid::now_v7().to_string()] {
        end(&app, &mine, &session).await.assert_problem(404, "auth.session_not_found");
    }
    end(&app, &mine, "no-id").await.assert_problem(400, "request.invalid_path");
    app.me(&other.access).await.assert_status(200);
}
