//! Answers of a challenge: how many a device has, and how many right ones a spoken sum takes.

use serde_json::{Value, json};

use crate::app::{TestApp, text};

/// Assessment ids of levels 1 to 3 for a sign-in without a device.
async fn assessments(app: &TestApp) -> Vec<Value> {
    let mut ids = Vec::new();
    for signals in
        [json!([]), json!(["hosting_network"]), json!(["hosting_network", "tls_mismatch", "impossible_agent"])]
    {
        ids.push(app.assess(json!({"action": "log_in", "signals": signals})).await["assess_id"].clone());
    }
    ids
}

#[actix_web::test]
async fn a_device_without_a_right_answer_has_two_answers_or_one_at_higher_levels() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        let ids = assessments(&app).await;
        for (id, rounds) in ids.iter().zip([2, 1, 2]) {
            let challenge = app.request_challenge(json!({"assess_id": id})).await.assert_status(201);
            assert_eq!(challenge["rounds"], rounds);
            let mut current = challenge.clone();
            for round in 1..=rounds {
                assert_eq!(current["round"], round);
                app.pass_time(3.0);
                let wrong = app.wrong(&challenge["session"], &current["picture_id"]).await;
                current = app.answer(&challenge["session"], &current["picture_id"], wrong).await.assert_status(200);
            }
            assert_eq!(current["status"], "closed");
        }
        let (_, device) = app.pass(json!({})).await;
        for id in &ids {
            let body = json!({"assess_id": id, "device_token": device});
            let challenge = app.request_challenge(body).await.assert_status(201);
            assert_eq!(challenge["rounds"], 3, "after a right answer");
            let right = app.right(&challenge["session"], &challenge["picture_id"]).await;
            app.pass_time(3.0);
            app.answer(&challenge["session"], &challenge["picture_id"], right).await.assert_status(200);
            app.pass_time(10.0);
        }
    }
}

async fn listen(app: &TestApp, session: &Value, picture: &Value) -> Value {
    let path = format!("/api/v1/captcha/challenges/{}/refresh", text(session));
    let body = json!({"picture_id": picture, "modality": "audio"});
    app.post(&path).json(&body).send().await.assert_status(200)
}

/// Answers rightly until the end; returns the number of answers.
async fn answers_until_passed(app: &TestApp, session: &Value, picture: &Value) -> u32 {
    let mut picture = picture.clone();
    for answers in 1..4 {
        let right = app.right(session, &picture).await;
        app.pass_time(4.0);
        let reply = app.answer(session, &picture, right).await.assert_status(200);
        if reply["status"] == "passed" {
            return answers;
        }
        picture = reply["picture_id"].clone();
    }
    panic!("three right answers are enough");
}

#[actix_web::test]
async fn from_level_two_on_two_spoken_sums_are_needed_and_switching_is_no_escape() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        for (id, needed) in assessments(&app).await.iter().zip([1, 2, 2]) {
            let body = json!({"assess_id": id, "modality": "audio"});
            let heard = app.request_challenge(body).await.assert_status(201);
            assert_eq!(heard["needed"], needed);
            assert_eq!(answers_until_passed(&app, &heard["session"], &heard["picture_id"]).await, needed);

            let seen = app.request_challenge(json!({"assess_id": id})).await.assert_status(201);
            let heard = listen(&app, &seen["session"], &seen["picture_id"]).await;
            assert_eq!(heard["needed"], needed, "of a picture that is spoken instead");
            assert_eq!(answers_until_passed(&app, &seen["session"], &heard["picture_id"]).await, needed);
        }
    }
}

#[actix_web::test]
async fn a_spoken_sum_counts_when_the_last_one_is_a_picture() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        let id = &assessments(&app).await[1];
        let (_, device) = app.pass(json!({})).await;
        let body = json!({"assess_id": id, "modality": "audio", "device_token": device});
        let heard = app.request_challenge(body).await.assert_status(201);
        let right = app.right(&heard["session"], &heard["picture_id"]).await;
        app.pass_time(4.0);
        let next = app.answer(&heard["session"], &heard["picture_id"], right).await.assert_status(200);
        let path = format!("/api/v1/captcha/challenges/{}/refresh", text(&heard["session"]));
        let body = json!({"picture_id": next["picture_id"], "modality": "image"});
        let seen = app.post(&path).json(&body).send().await.assert_status(200);
        assert_eq!((&seen["needed"], seen["image"].is_string()), (&json!(2), true));
    }
}
