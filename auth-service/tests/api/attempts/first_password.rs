//! A first password costs and is limited like a sign-up, and like a new link it needs a fresh session.

use std::time::Duration;

use serde_json::json;

use crate::app::{SignedIn, unique_email};
use crate::captcha::stand_in::{DEVICE, StandIn};
use crate::limits::limited;
use crate::social::support::{Cinema, person, with_email};

const PASSWORD: &str = "three cats on a sofa";

#[actix_web::test]
async fn probing_an_email_by_setting_a_first_password_needs_a_captcha_pass() {
    let captcha = StandIn::start("challenge");
    let cinema = Cinema::start_with(captcha.settings()).await;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    let email = unique_email();
    let problem = cinema.set_password(&who, json!({"password": PASSWORD, "email": email})).await;
    assert_eq!(problem.assert_problem(403, "auth.captcha_required")["action"], "sign_up");
    captcha.pass("mine", "sign_up");
    let shown = json!({"password": PASSWORD, "email": email, "captcha_token": "mine", "captcha_device_token": DEVICE});
    cinema.set_password(&who, shown).await.assert_status(204);
}

#[actix_web::test]
async fn a_first_password_for_the_email_that_the_account_has_needs_no_pass() {
    let captcha = StandIn::start("challenge");
    let cinema = Cinema::start_with(captcha.settings()).await;
    let email = unique_email();
    let (_, who) = cinema.sign_in_as("google", with_email(person("1"), &email, true)).await;
    cinema.set_password(&who, json!({"password": PASSWORD, "email": email})).await.assert_status(204);
}

#[actix_web::test]
async fn probing_emails_by_setting_first_passwords_draws_on_the_sign_up_budget() {
    let cinema = Cinema::start_with(limited("policies.sign_up.quota = '4/4h'", None)).await;
    let taken = cinema.user().await.email;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    let ask = async |email: &str| cinema.set_password(&who, json!({"password": PASSWORD, "email": email})).await;
    for _ in 0..3 {
        ask(&taken).await.assert_problem(409, "auth.email_taken");
    }
    let problem = ask(&unique_email()).await.assert_problem(429, "request.rate_limited");
    assert_eq!(problem["violated-policies"], json!(["sign_up"]));
}

#[actix_web::test]
async fn an_email_that_is_not_the_accounts_own_is_refused_before_anything_is_hashed() {
    let cinema = Cinema::start_with(|config| config.hashing.deadline = Duration::ZERO).await;
    let (_, who) = cinema.sign_in_as("google", with_email(person("1"), &unique_email(), true)).await;
    let problem = cinema.set_password(&who, json!({"password": PASSWORD, "email": unique_email()})).await;
    assert_eq!(problem.assert_problem(422, "request.invalid_fields")["errors"][0]["pointer"], "/email");
}

#[actix_web::test]
async fn a_session_that_is_not_fresh_links_nothing_and_sets_no_password() {
    let cinema = Cinema::start().await;
    let email = unique_email();
    let (_, who) = cinema.sign_in_as("google", with_email(person("1"), &email, true)).await;
    cinema.advance(Duration::from_secs(601));
    let next = SignedIn::from(&cinema.refresh(&who.refresh).await.assert_status(200));
    let path = "/api/v1/me/social-accounts/yandex/start";
    let reply = cinema.post(path).bearer(&next.access).json(&json!({})).send().await;
    reply.assert_problem(403, "auth.session_not_fresh");
    cinema.set_password(&next, json!({"password": PASSWORD})).await.assert_problem(403, "auth.session_not_fresh");
    let (_, fresh) = cinema.sign_in_as("google", person("1")).await;
    cinema.set_password(&fresh, json!({"password": PASSWORD})).await.assert_status(204);
}

#[actix_web::test]
async fn a_password_change_unlinks_all_social_accounts_on_request() {
    let cinema = Cinema::start().await;
    let email = unique_email();
    let (_, who) = cinema.sign_in_as("google", with_email(person("1"), &email, true)).await;
    cinema.link("yandex", &who, person("2")).await.assert_status(201);
    cinema.set_password(&who, json!({"password": PASSWORD})).await.assert_status(204);
    let new = "nine owls in a tall tree";
    let body = json!({"current_password": PASSWORD, "new_password": new, "unlink_social_accounts": true});
    cinema.post("/api/v1/me/password").bearer(&who.access).json(&body).send().await.assert_status(200);
    let who = SignedIn::from(&cinema.log_in(&email, new).await.assert_status(201));
    assert!(cinema.linked(&who).await.is_empty());
    assert_eq!(cinema.google.revoked.lock().unwrap().len() + cinema.yandex.revoked.lock().unwrap().len(), 2);
    let events = cinema.get("/api/v1/me/events").bearer(&who.access).send().await.assert_status(200).to_string();
    assert_eq!(events.matches("social_unlinked").count(), 2, "{events}");
}
