//! `POST /api/v1/users` with a captcha.

use serde_json::json;

use super::stand_in::DEVICE;
use super::{comparable, member, sign_up, sign_up_passed, start, start_limited};
use crate::app::unique_email;

#[tokio::test]
async fn an_account_is_opened_after_a_challenge() {
    let (app, captcha) = start("challenge").await;
    let problem = sign_up(&app, json!({"device": {"kind": "tv"}})).await.assert_problem(403, "auth.captcha_required");
    assert_eq!((&problem["action"], &problem["level"]), (&"sign_up".into(), &2.into()));
    assert_eq!(captcha.assessed()[0]["platform"], "tv");
    captcha.pass("for signing in", "log_in");
    captcha.pass("mine", "sign_up");
    let shown = |pass| json!({"captcha_token": pass, "captcha_device_token": DEVICE});
    sign_up(&app, shown("for signing in")).await.assert_problem(403, "auth.captcha_required");
    sign_up(&app, shown("mine")).await.assert_status(201);
    sign_up(&app, shown("mine")).await.assert_problem(403, "auth.captcha_required");
}

#[tokio::test]
async fn a_sign_up_takes_a_pass_however_harmless_captcha_service_finds_the_device() {
    let (app, captcha) = start("allow").await;
    for more in [json!({}), json!({"captcha_device_token": DEVICE}), json!({"device": {"kind": "desktop"}})] {
        sign_up(&app, more).await.assert_problem(403, "auth.captcha_required");
    }
    assert_eq!(captcha.assessed()[1]["device_id"], DEVICE);
    sign_up_passed(&app, &captcha, json!({})).await.assert_status(201);
    for decision in ["deny", "alternative"] {
        captcha.decides(decision);
        sign_up(&app, json!({})).await.assert_problem(429, "captcha.refused");
    }
}

#[tokio::test]
async fn an_invalid_sign_up_is_rejected_before_a_challenge() {
    let (app, captcha) = start("challenge").await;
    let common = json!({"password": "password1"});
    sign_up(&app, common).await.assert_problem(422, "auth.password_too_common");
    sign_up(&app, json!({"birth_date": "2999-01-01"})).await.assert_problem(422, "request.invalid_fields");
    assert!(captcha.assessed().is_empty());
}

#[tokio::test]
async fn a_required_captcha_does_not_reveal_whether_an_email_is_taken() {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    let taken = sign_up(&app, json!({"email": user.email})).await;
    taken.assert_problem(403, "auth.captcha_required");
    let free = sign_up(&app, json!({"email": unique_email()})).await;
    assert_eq!(comparable(&taken), comparable(&free));
    captcha.pass("mine", "sign_up");
    let shown = json!({"email": user.email, "captcha_token": "mine", "captcha_device_token": DEVICE});
    sign_up(&app, shown).await.assert_problem(409, "auth.email_taken");
}

#[tokio::test]
async fn a_required_captcha_takes_nothing_from_the_limits_of_an_account() {
    let (app, captcha) = start_limited("challenge").await;
    let email = unique_email();
    for _ in 0..10 {
        sign_up(&app, json!({"email": email})).await.assert_problem(403, "auth.captcha_required");
    }
    captcha.pass("mine", "sign_up");
    let shown = json!({"email": email, "captcha_token": "mine", "captcha_device_token": DEVICE});
    let reply = sign_up(&app, shown).await.assert_status(201);
    assert_eq!(reply["user"]["email"], email);
}
