//! `POST /api/v1/captcha/challenges`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use captcha_service::domain::PassBudget;
use serde_json::json;

use crate::app::{TestApp, text};

#[actix_web::test]
async fn a_challenge_is_an_uncached_picture_with_three_minutes() {
    for app in [TestApp::start().await, TestApp::sealed().await] {
        let reply = app.request_challenge(json!({})).await;
        let challenge = reply.assert_status(201);
        assert_eq!(reply.header("cache-control"), "private, no-store");
        assert_eq!(reply.header("etag"), "");
        for (name, value) in [("digits", 2), ("round", 1), ("rounds", 2), ("expires_in", 180), ("needed", 1)] {
            assert_eq!(challenge[name], value, "{name}");
        }
        let png = text(&challenge["image"]).strip_prefix("data:image/png;base64,").unwrap();
        assert!(STANDARD.decode(png).unwrap().starts_with(b"\x89PNG"));
        assert!(challenge["alternatives"]["phone"].is_null());
        assert_eq!(challenge["prompt_key"], "sum_in_picture");
    }
}

#[actix_web::test]
async fn a_known_device_keeps_its_token_and_a_forged_one_is_a_new_device() {
    let app = TestApp::start().await;
    let token = app.challenge().await["device_token"].clone();
    assert_eq!(app.request_challenge(json!({"device_token": token})).await.assert_status(201)["device_token"], token);
    let (kept, last) = text(&token).split_at(text(&token).len() - 1);
    let forged = format!("{kept}{}", if last == "A" { "B" } else { "A" }); // one token in 64 ends with an A already
    assert_ne!(app.request_challenge(json!({"device_token": forged})).await.assert_status(201)["device_token"], forged);
}

#[actix_web::test]
async fn a_device_has_two_live_challenges() {
    let app = TestApp::start().await;
    let token = app.challenge().await["device_token"].clone();
    app.request_challenge(json!({"device_token": token})).await.assert_status(201);
    let refused = app.request_challenge(json!({"device_token": token})).await;
    refused.assert_problem(429, "captcha.refused");
    assert_eq!(refused.header("retry-after"), "180");
    app.pass_time(180.0);
    app.request_challenge(json!({"device_token": token})).await.assert_status(201);
}

#[actix_web::test]
async fn a_network_has_two_hundred_live_challenges_and_a_pass_frees_one() {
    let app = TestApp::start().await;
    let first = app.challenge().await;
    for _ in 1..200 {
        app.challenge().await;
    }
    app.request_challenge(json!({})).await.assert_problem(429, "captcha.refused");
    let right = app.right(&first["session"], &first["picture_id"]).await;
    app.pass_time(3.0);
    assert_eq!(app.answer(&first["session"], &first["picture_id"], right).await.assert_status(200)["status"], "passed");
    app.challenge().await;
    app.request_challenge(json!({})).await.assert_problem(429, "captcha.refused");
}

#[actix_web::test]
async fn a_site_must_be_known_and_named_where_there_are_several() {
    let app = TestApp::start().await;
    for sitekey in ["nobody", "TV"] {
        app.request_challenge(json!({"sitekey": sitekey})).await.assert_problem(404, "captcha.unknown_site");
    }
    let nameless = app.post("/api/v1/captcha/challenges").json(&json!({"action": "log_in"})).send().await;
    nameless.assert_problem(404, "captcha.unknown_site");
}

#[actix_web::test]
async fn an_assessment_makes_a_challenge_harder_and_is_good_for_its_action_and_time() {
    let app = TestApp::start().await;
    let signals = json!(["hosting_network", "tls_mismatch", "impossible_agent"]);
    let risky = app.assess(json!({"action": "log_in", "signals": signals})).await;
    assert_eq!((&risky["level"], &risky["decision"]), (&json!(3), &json!("challenge")));
    let challenge = app.request_challenge(json!({"assess_id": risky["assess_id"]})).await.assert_status(201);
    assert_eq!(challenge["needed"], 2);
    let other = app.request_challenge(json!({"assess_id": risky["assess_id"], "action": "sign_up"})).await;
    other.assert_problem(400, "captcha.assessment_invalid");
    app.request_challenge(json!({"assess_id": "forged"})).await.assert_problem(400, "captcha.assessment_invalid");
    app.pass_time(301.0);
    let late = app.request_challenge(json!({"assess_id": risky["assess_id"]})).await;
    late.assert_problem(400, "captcha.assessment_invalid");
}

#[actix_web::test]
async fn the_phone_is_offered_where_the_operator_offers_it() {
    let app = TestApp::start_with(|config| config.phone_url = Some("https://m.example.org/tv".into())).await;
    assert_eq!(app.challenge().await["alternatives"]["phone"]["url"], "https://m.example.org/tv");
}

#[actix_web::test]
async fn a_full_store_rejects_new_challenges_and_keeps_old_ones() {
    let app = TestApp::start_with(|config| {
        config.capacity = 1; // one per shard
        config.passes_per_network = PassBudget::new(1000);
    })
    .await;
    let mut opened = Vec::new();
    let mut refused = 0;
    for _ in 0..150 {
        let reply = app.request_challenge(json!({})).await;
        match reply.status.as_u16() {
            201 => opened.push(reply.json()),
            _ => {
                reply.assert_problem(503, "captcha.unavailable");
                refused += 1;
            }
        }
    }
    assert!(refused > 50 && (30..=64).contains(&opened.len()), "{} opened, {refused} refused", opened.len());
    app.pass_time(3.0);
    for challenge in opened {
        let right = app.right(&challenge["session"], &challenge["picture_id"]).await;
        let reply = app.answer(&challenge["session"], &challenge["picture_id"], right).await;
        assert_eq!(reply.assert_status(200)["status"], "passed");
    }
}

#[actix_web::test]
async fn a_sum_is_spoken_in_both_languages_and_all_recordings_have_one_length() {
    let app = TestApp::start().await;
    let mut lengths = std::collections::BTreeSet::new();
    for lang in ["ru", "en", "ru", "en"] {
        let heard = app.request_challenge(json!({"modality": "audio", "lang": lang})).await.assert_status(201);
        assert_eq!(heard["prompt_key"], "sum_in_audio");
        let wav = text(&heard["audio"]).strip_prefix("data:audio/wav;base64,").unwrap();
        assert!(STANDARD.decode(wav).unwrap().starts_with(b"RIFF"));
        lengths.insert(wav.len());
    }
    assert_eq!(lengths.len(), 1);
    let challenge = app.challenge().await;
    let path = format!("/api/v1/captcha/challenges/{}/refresh", text(&challenge["session"]));
    let body = json!({"picture_id": challenge["picture_id"], "modality": "audio"});
    let heard = app.post(&path).json(&body).send().await.assert_status(200);
    assert!(heard["image"].is_null() && heard["audio"].is_string());
}
