//! `POST /api/v1/captcha/challenges/{session}/refresh`.

use serde_json::{Value, json};
use service_kit::testing::TestReply;

use crate::app::{TestApp, text};

async fn refresh(app: &TestApp, session: &Value, picture: &Value) -> TestReply {
    let path = format!("/api/v1/captcha/challenges/{}/refresh", text(session));
    app.post(&path).json(&json!({"picture_id": picture})).send().await
}

#[actix_web::test]
async fn a_picture_is_replaced_three_times_in_the_same_round() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        let challenge = app.challenge().await;
        let session = &challenge["session"];
        let mut picture = challenge["picture_id"].clone();
        for left in [2, 1, 0] {
            let refreshed = refresh(&app, session, &picture).await.assert_status(200);
            assert_eq!((&refreshed["refreshes"], &refreshed["round"]), (&json!(left), &json!(1)));
            assert_ne!(refreshed["image"], challenge["image"]);
            picture = refreshed["picture_id"].clone();
        }
        refresh(&app, session, &picture).await.assert_problem(409, "captcha.used_up");
        let right = app.right(session, &picture).await;
        app.pass_time(2.0);
        let passed = app.answer(session, &picture, right).await.assert_status(200);
        assert_eq!(passed["status"], "passed", "the last picture stays good");
    }
}

#[actix_web::test]
async fn a_picture_that_was_replaced_is_neither_replaced_again_nor_answered() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        let challenge = app.challenge().await;
        let (session, first) = (&challenge["session"], &challenge["picture_id"]);
        let right = app.right(session, first).await;
        refresh(&app, session, first).await.assert_status(200);
        refresh(&app, session, first).await.assert_problem(410, "captcha.session_over");
        app.pass_time(2.0);
        assert_ne!(app.answer(session, first, right).await.assert_status(200)["status"], "passed");
    }
}

#[actix_web::test]
async fn expired_and_unknown_challenges_read_the_same() {
    let app = TestApp::start().await;
    let challenge = app.challenge().await;
    app.pass_time(181.0);
    refresh(&app, &challenge["session"], &challenge["picture_id"]).await.assert_problem(410, "captcha.session_over");
    for session in ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let reply = refresh(&app, &json!(session), &challenge["picture_id"]).await;
        reply.assert_problem(410, "captcha.session_over");
    }
}
