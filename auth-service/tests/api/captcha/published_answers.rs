//! auth-service understands every answer that the published schemas of captcha-service permit.

use serde_json::{Value, json};

use super::published::{ASSESS, ASSESSMENT, SITE_VERIFY, VERDICT};
use super::stand_in::DEVICE;
use super::{sign_up, start};

/// Answers for which a sign-up fails closed as intended, whichever service is at fault.
const CLOSED: [&str; 2] = ["internal-error", "invalid-input-secret"];

/// The valid variants of `base`, without unknown fields.
fn answers(schema: &service_kit::testing::PublishedSchema, base: &Value) -> Vec<Value> {
    let variants = schema.variants(base, &[]).into_iter();
    variants.filter(|one| one.is_valid && one.pointer != "/surprise").map(|one| one.value).collect()
}

#[tokio::test]
async fn every_published_assessment_is_understood() {
    let (app, captcha) = start("allow").await;
    let base = json!({
        "decision": "challenge", "level": 2, "risk": 60, "reasons": ["x"], "assess_id": "a", "expires_in": 30,
        "degraded": false
    });
    let answers = answers(&ASSESSMENT, &base);
    assert!(answers.len() > 15, "{}", answers.len());
    for answer in answers {
        captcha.answers(ASSESS, answer.clone());
        let reply = sign_up(&app, json!({})).await;
        assert!(reply.status != 503 && reply.status != 500, "{answer}: {}", reply.text());
    }
}

#[tokio::test]
async fn every_published_verdict_on_a_pass_is_understood() {
    let (app, captcha) = start("challenge").await;
    let base = json!({
        "success": false, "challenge_ts": "2026-01-01T00:00:00Z", "hostname": "tv", "action": "sign_up", "score": 0.5,
        "score-reason": ["x"], "error-codes": ["timeout-or-duplicate"], "token_id": "x", "degraded": false
    });
    let answers = answers(&VERDICT, &base);
    assert!(answers.len() > 15, "{}", answers.len());
    for answer in answers {
        captcha.answers(SITE_VERIFY, answer.clone());
        let reply = sign_up(&app, json!({"captcha_token": "x", "captcha_device_token": DEVICE})).await;
        let is_closed = CLOSED.iter().any(|code| answer["error-codes"][0] == *code);
        assert_eq!(reply.status == 503, is_closed, "{answer}: {}", reply.text());
    }
}
