//! `POST /api/v1/captcha/challenges/{session}/answer`.

use captcha_service::domain::{Answer, PassBudget, least_presses};
use serde_json::{Value, json};

use crate::app::{TestApp, text};

async fn both() -> [TestApp; 2] {
    [TestApp::start().await, TestApp::sealed().await]
}

async fn status(app: &TestApp, session: &Value, picture: &Value, answer: String) -> Value {
    app.answer(session, picture, answer).await.assert_status(200)
}

#[actix_web::test]
async fn an_answer_faster_than_arrow_keys_adds_risk_on_every_platform() {
    let app = TestApp::start().await;
    for platform in ["tv", "web"] {
        let assessed = app.assess(json!({"action": "log_in", "ip": "127.0.0.1", "platform": platform})).await;
        let (challenge, right) = loop {
            let challenge = app.request_challenge(json!({"assess_id": assessed["assess_id"]})).await.assert_status(201);
            let right = app.right(&challenge["session"], &challenge["picture_id"]).await;
            if least_presses(Answer::parse(&right).unwrap()) >= 12 {
                break (challenge, right);
            }
        };
        app.pass_time(1.3);
        let passed = app.answer(&challenge["session"], &challenge["picture_id"], right).await.assert_status(200);
        assert_eq!(passed["status"], "passed");
        let device = &challenge["device_token"];
        let after =
            app.assess(json!({"action": "log_in", "device_id": device, "ip": "127.0.0.1", "platform": platform}));
        let reasons = after.await["reasons"].to_string();
        assert!(reasons.contains("behaved_like_a_bot"), "{platform}: {reasons}");
    }
}

#[actix_web::test]
async fn a_right_answer_gives_a_pass_for_two_minutes() {
    for app in both().await {
        let challenge = app.challenge().await;
        let right = app.right(&challenge["session"], &challenge["picture_id"]).await;
        app.pass_time(2.0);
        let passed = status(&app, &challenge["session"], &challenge["picture_id"], right).await;
        assert_eq!((&passed["status"], &passed["expires_in"]), (&json!("passed"), &json!(120)));
    }
}

#[actix_web::test]
async fn three_wrong_answers_close_the_challenge_and_cool_the_device_down_longer_each_time() {
    for app in both().await {
        let (_, token) = app.pass(json!({})).await;
        for wait in [30, 120, 600, 600] {
            let challenge = app.request_challenge(json!({"device_token": token})).await.assert_status(201);
            let mut current = challenge.clone();
            for round in 1..=3 {
                assert_eq!(current["round"], round);
                app.pass_time(3.0);
                let wrong = app.wrong(&challenge["session"], &current["picture_id"]).await;
                current = status(&app, &challenge["session"], &current["picture_id"], wrong).await;
            }
            assert_eq!((&current["status"], &current["wait_s"]), (&json!("closed"), &json!(wait)));
            app.request_challenge(json!({"device_token": token})).await.assert_problem(429, "captcha.refused");
            app.pass_time(f64::from(wait));
        }
        let harder = app.request_challenge(json!({"device_token": token})).await.assert_status(201);
        assert_eq!(harder["needed"], 2, "and makes the next challenges harder");
    }
}

#[actix_web::test]
async fn a_right_answer_faster_than_humans_does_not_pass() {
    for app in both().await {
        let challenge = app.challenge().await;
        let right = app.right(&challenge["session"], &challenge["picture_id"]).await;
        app.pass_time(1.1);
        let again = status(&app, &challenge["session"], &challenge["picture_id"], right).await;
        assert_eq!((&again["status"], &again["round"]), (&json!("again"), &json!(2)));
        let right = app.right(&challenge["session"], &again["picture_id"]).await;
        app.pass_time(1.2);
        assert_eq!(status(&app, &challenge["session"], &again["picture_id"], right).await["status"], "passed");
    }
}

#[actix_web::test]
async fn each_picture_takes_one_answer() {
    for app in both().await {
        let challenge = app.proven_challenge().await;
        let (session, first) = (&challenge["session"], &challenge["picture_id"]);
        let right = app.right(session, first).await;
        app.pass_time(2.0);
        let again = status(&app, session, first, app.wrong(session, first).await).await;
        app.pass_time(2.0);
        let stale = status(&app, session, first, right).await;
        assert_eq!(stale["status"], "again", "the right answer to a picture that was answered");
        assert_ne!(again["picture_id"], *first);
    }
}

#[actix_web::test]
async fn the_highest_level_takes_two_right_answers_in_a_row() {
    for app in both().await {
        let signals = json!(["hosting_network", "tls_mismatch", "impossible_agent"]);
        let assessed = app.assess(json!({"action": "log_in", "signals": signals})).await;
        let (_, device) = app.pass(json!({})).await;
        let body = json!({"assess_id": assessed["assess_id"], "device_token": device});
        let challenge = app.request_challenge(body).await.assert_status(201);
        let session = &challenge["session"];
        let mut picture = challenge["picture_id"].clone();
        let mut seen = Vec::new();
        for answer in ["right", "wrong", "right"] {
            app.pass_time(5.0);
            let text =
                if answer == "right" { app.right(session, &picture).await } else { app.wrong(session, &picture).await };
            let reply = status(&app, session, &picture, text).await;
            seen.push(reply["status"].clone());
            picture = reply["picture_id"].clone();
        }
        assert_eq!(seen, ["again", "again", "closed"], "right, wrong, right is not two in a row");
        let challenge = app.request_challenge(json!({"assess_id": assessed["assess_id"]})).await.assert_status(201);
        let session = &challenge["session"];
        app.pass_time(5.0);
        let right = app.right(session, &challenge["picture_id"]).await;
        let again = status(&app, session, &challenge["picture_id"], right).await;
        assert_eq!(again["status"], "again");
        app.pass_time(5.0);
        let right = app.right(session, &again["picture_id"]).await;
        assert_eq!(status(&app, session, &again["picture_id"], right).await["status"], "passed");
    }
}

#[actix_web::test]
async fn a_challenge_ends_after_three_minutes_or_six_when_it_was_extended() {
    for app in both().await {
        let late = app.challenge().await;
        let right = app.right(&late["session"], &late["picture_id"]).await;
        app.pass_time(180.0);
        assert_eq!(status(&app, &late["session"], &late["picture_id"], right).await["status"], "closed");

        let challenge = app.challenge().await;
        let path = format!("/api/v1/captcha/challenges/{}/extend", text(&challenge["session"]));
        app.pass_time(170.0);
        let body = json!({"picture_id": challenge["picture_id"]});
        let extended = app.post(&path).json(&body).send().await.assert_status(200);
        assert_eq!(extended["expires_in"], 190);
        let body = json!({"picture_id": extended["picture_id"]});
        app.post(&path).json(&body).send().await.assert_problem(409, "captcha.used_up");
        app.pass_time(189.0);
        let right = app.right(&challenge["session"], &extended["picture_id"]).await;
        assert_eq!(status(&app, &challenge["session"], &extended["picture_id"], right).await["status"], "passed");
        app.post(&path).json(&body).send().await.assert_problem(410, "captcha.session_over");
    }
}

#[actix_web::test]
async fn a_device_has_thirty_answers_a_day_or_five_spoken_ones() {
    for (modality, most) in [("image", 30), ("audio", 5)] {
        answers_of_a_day(modality, most).await;
    }
}

async fn answers_of_a_day(modality: &str, most: u32) {
    let app = TestApp::start_with(|config| config.passes_per_network = PassBudget::new(1000)).await;
    let mut token = Value::Null;
    let mut answers = 0;
    loop {
        let mut body = json!({"modality": modality});
        if !token.is_null() {
            body["device_token"] = token.clone();
        }
        let reply = app.request_challenge(body).await;
        if reply.status.as_u16() != 201 {
            reply.assert_problem(429, "captcha.refused");
            break;
        }
        let challenge = reply.json();
        token = challenge["device_token"].clone();
        let right = app.right(&challenge["session"], &challenge["picture_id"]).await;
        app.pass_time(60.0);
        assert_eq!(status(&app, &challenge["session"], &challenge["picture_id"], right).await["status"], "passed");
        answers += 1;
    }
    assert_eq!(answers, most);
    app.pass_time(24.0 * 3600.0);
    app.request_challenge(json!({"device_token": token})).await.assert_status(201);
}

#[actix_web::test]
async fn a_clock_jump_closes_the_challenge_and_new_ones_open() {
    for app in both().await {
        let challenge = app.challenge().await;
        let right = app.right(&challenge["session"], &challenge["picture_id"]).await;
        app.pass_time(3600.0);
        let closed = status(&app, &challenge["session"], &challenge["picture_id"], right).await;
        assert_eq!(closed["status"], "closed");
        app.challenge().await;
    }
}
