//! Known devices of an account: strangers cannot lock them out, and a password change revokes them.

use auth_service::limits::LIMITS;
use futures_util::future::join_all;
use serde_json::{Value, json};
use service_kit::server::limits::LimitsConfig;

use super::log_in_from;
use crate::addresses::support::NEW_PASSWORD;
use crate::app::{SignedIn, TestApp, TestUser};
use crate::captcha::stand_in::{DEVICE, StandIn};
use crate::captcha::{WRONG, guess, log_in, member, start};
use crate::limits::limited;
use crate::pages::browser::{Browser, PageReply};

const OWN: &str = "198.51.100.7";

/// Known-device token that a sign-in returns to the owner.
async fn known_device(app: &TestApp, user: &TestUser) -> Value {
    let body = log_in_from(app, OWN, &user.email, &user.password, json!({})).await.assert_status(201);
    json!({"known_device": body["known_device"].as_str().expect("a known device")})
}

#[tokio::test]
async fn forms_from_twelve_addresses_do_not_lock_an_owner_with_a_known_device_out() {
    let app = TestApp::start_with(limited("", None)).await;
    let user = app.user().await;
    let known = known_device(&app, &user).await;
    let mut first = Browser::new(&app);
    let token = first.get("/account/sign-in").await.form_token();
    let guesses = (0..120).map(|number| {
        let (mut browser, email, token) = (Browser::new(&app), user.email.as_str(), token.as_str());
        browser.cookies = first.cookies.clone();
        browser.form_headers.push(("x-forwarded-for", format!("203.0.113.{}", number % 12)));
        async move {
            let fields = [("email", email), ("password", WRONG)];
            browser.post("/account/sign-in", token, &fields).await.status.as_u16()
        }
    });
    let statuses = join_all(guesses).await;
    assert!(statuses.iter().all(|status| [401, 429, 503].contains(status)), "{statuses:?}");
    for _ in 0..3 {
        log_in_from(&app, OWN, &user.email, &user.password, known.clone()).await.assert_status(201);
    }
}

#[tokio::test]
async fn neither_guesses_at_the_account_nor_neighbours_lock_a_known_device_out() {
    let file = "policies.log_in.quota = '4/4h'\npolicies.log_in_account.quota = '3/3h'";
    let app = TestApp::start_with(limited(file, None)).await;
    let user = app.user().await;
    let known = known_device(&app, &user).await;
    for _ in 0..3 {
        log_in_from(&app, OWN, &user.email, WRONG, json!({})).await.assert_problem(401, "auth.wrong_credentials");
    }
    let other = log_in_from(&app, OWN, &user.email, &user.password, json!({})).await;
    other.assert_problem(429, "request.rate_limited");
    for _ in 0..5 {
        log_in_from(&app, OWN, &user.email, &user.password, known.clone()).await.assert_status(201);
    }
}

#[tokio::test]
async fn guesses_on_a_known_device_use_up_its_own_budget_and_no_other() {
    let app = TestApp::start_with(limited("", None)).await;
    let user = app.user().await;
    let known = known_device(&app, &user).await;
    for _ in 0..10 {
        let reply = log_in_from(&app, OWN, &user.email, WRONG, known.clone()).await;
        reply.assert_problem(401, "auth.wrong_credentials");
    }
    let reply = log_in_from(&app, "192.0.2.77", &user.email, &user.password, known).await;
    assert_eq!(reply.assert_problem(429, "request.rate_limited")["violated-policies"], json!(["known_device"]));
    log_in_from(&app, OWN, &user.email, &user.password, json!({})).await.assert_status(201);
}

#[tokio::test]
async fn a_browser_is_a_known_device_after_a_sign_in() {
    let file = "policies.log_in_account.quota = '3/3h'";
    let app = TestApp::start_with(limited(file, None)).await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    browser.fill("/account", "/account/sign-out", &[]).await;
    for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        log_in_from(&app, address, &user.email, WRONG, json!({})).await.assert_problem(401, "auth.wrong_credentials");
    }
    Browser::new(&app).sign_in(&user.email, &user.password).await.assert_page(429);
    browser.sign_in(&user.email, &user.password).await.assert_goes_to("/account");
}

#[tokio::test]
async fn a_known_browser_changes_the_password_while_others_guess_at_the_account() {
    let app = TestApp::start_with(limited("policies.log_in_account.quota = '3/3h'", None)).await;
    let user = app.user().await;
    let mut browser = Browser::signed_in(&app, &user).await;
    for address in ["203.0.113.1", "203.0.113.2", "203.0.113.3"] {
        log_in_from(&app, address, &user.email, WRONG, json!({})).await.assert_problem(401, "auth.wrong_credentials");
    }
    let new = "nine owls in a tall tree";
    let change = async |browser: &mut Browser<'_>, from: &str, to: &str| {
        let fields = [("current_password", from), ("new_password", to)];
        browser.fill("/account/security", "/account/security", &fields).await
    };
    let mut unknown = Browser { cookies: browser.cookies.clone(), ..Browser::new(&app) };
    unknown.cookies.remove("__Host-marquee-device").expect("a known device");
    change(&mut unknown, &user.password, new).await.assert_page(429);
    for (from, to) in [(user.password.as_str(), new), (new, "three cats on a sofa")] {
        let reply = change(&mut browser, from, to).await;
        assert_eq!(reply.status, 303, "{}", reply.text()); // and stays a known device
    }
}

#[tokio::test]
async fn a_known_device_changes_the_password_over_the_api_while_others_guess_at_the_account() {
    let app = TestApp::start_with(limited("policies.log_in_account.quota = '3/3h'", None)).await;
    let user = app.user().await;
    let first = log_in_from(&app, OWN, &user.email, &user.password, json!({})).await.assert_status(201);
    for address in ["203.0.113.1", "203.0.113.2", "203.0.113.3"] {
        log_in_from(&app, address, &user.email, WRONG, json!({})).await.assert_problem(401, "auth.wrong_credentials");
    }
    let new = "nine owls in a tall tree";
    let mut body = json!({"current_password": user.password, "new_password": new});
    let access = SignedIn::from(&first).access;
    let change = async |body: &Value| app.post("/api/v1/me/password").bearer(&access).json(body).send().await;
    change(&body).await.assert_problem(429, "request.rate_limited");
    body["known_device"] = first["known_device"].clone();
    let changed = change(&body).await.assert_status(200);
    let known = |body: &Value| json!({"known_device": body["known_device"].as_str().expect("a known device")});
    let before = log_in_from(&app, OWN, &user.email, new, known(&first)).await;
    before.assert_problem(429, "request.rate_limited");
    log_in_from(&app, OWN, &user.email, new, known(&changed)).await.assert_status(201);
}

#[tokio::test]
async fn an_access_token_and_a_known_device_guess_the_password_ten_times() {
    let app = TestApp::start_with(limited("", None)).await;
    let user = app.user().await;
    let first = log_in_from(&app, OWN, &user.email, &user.password, json!({})).await.assert_status(201);
    let body = json!({
        "current_password": WRONG, "new_password": "nine owls in a tall tree", "known_device": first["known_device"]
    });
    let access = SignedIn::from(&first).access;
    let change = async || app.post("/api/v1/me/password").bearer(&access).json(&body).send().await;
    for _ in 0..10 {
        change().await.assert_problem(403, "auth.wrong_password");
    }
    let problem = change().await.assert_problem(429, "request.rate_limited");
    assert_eq!(problem["violated-policies"], json!(["known_device"]));
}

/// Asserts that a known TV needs a captcha again after `end`, by which its owner revokes it.
async fn ends_with(end: impl AsyncFnOnce(&TestApp, &TestUser, &SignedIn) -> String) {
    let (app, captcha) = start("challenge").await;
    let user = member(&app, &captcha, "challenge").await;
    captcha.pass("mine", "log_in");
    let shown = json!({"device": {"kind": "tv"}, "captcha_token": "mine", "captcha_device_token": DEVICE});
    let first = log_in(&app, &user.email, &user.password, shown).await.assert_status(201);
    let known = json!({"device": {"kind": "tv"}, "known_device": first["known_device"]});
    let again = log_in(&app, &user.email, &user.password, known.clone()).await.assert_status(201);
    let password = end(&app, &user, &SignedIn::from(&again)).await;
    log_in(&app, &user.email, &password, known).await.assert_problem(403, "auth.captcha_required");
}

#[tokio::test]
async fn a_known_device_is_unknown_after_a_change_of_password() {
    ends_with(async |app, user, who| {
        let new = "nine owls in a tall tree";
        let body = json!({"current_password": user.password, "new_password": new});
        app.post("/api/v1/me/password").bearer(&who.access).json(&body).send().await.assert_status(200);
        new.to_owned()
    })
    .await;
}

#[tokio::test]
async fn a_known_device_is_unknown_after_signing_out_everywhere() {
    ends_with(async |app, user, who| {
        app.delete("/api/v1/sessions/others").bearer(&who.access).send().await.assert_status(204);
        user.password.clone()
    })
    .await;
}

#[tokio::test]
async fn a_known_device_is_unknown_after_a_reset() {
    ends_with(async |app, user, _| {
        let mut browser = Browser::new(app);
        let asked = browser.fill("/account/forgotten", "/account/forgotten", &[("email", &user.email)]).await;
        let (reset, code) = (asked.hidden("reset_id"), app.code_to(&user.email).await);
        app.confirm_reset(&reset, &code, NEW_PASSWORD).await.assert_status(204);
        NEW_PASSWORD.to_owned()
    })
    .await;
}

#[tokio::test]
async fn one_known_device_does_not_throttle_another_while_captcha_service_is_unavailable() {
    let mut captcha = StandIn::start("allow");
    let captcha_settings = captcha.settings();
    let app = TestApp::start_with(|config| {
        captcha_settings(config);
        config.limits = LimitsConfig::of(&LIMITS).shadow();
    })
    .await;
    let user = member(&app, &captcha, "allow").await;
    let (known, stolen) = (known_device(&app, &user).await, known_device(&app, &user).await);
    captcha.stop().await;
    for _ in 0..20 {
        // Sign-ins that need an assessment open the breaker.
        app.log_in(&user.email, WRONG).await.assert_problem(503, "auth.captcha_unavailable");
    }
    log_in(&app, &user.email, WRONG, stolen.clone()).await.assert_problem(401, "auth.wrong_credentials");
    log_in(&app, &user.email, WRONG, stolen).await.assert_problem(429, "request.rate_limited");
    log_in(&app, &user.email, &user.password, known).await.assert_status(201);
}

#[tokio::test]
async fn guessers_do_not_make_a_known_device_pass_a_captcha() {
    let (app, captcha) = start("allow").await;
    let user = member(&app, &captcha, "allow").await;
    let known = known_device(&app, &user).await;
    captcha.decides("challenge");
    guess(&app, &captcha, &user.email).await;
    log_in(&app, &user.email, &user.password, known).await.assert_status(201);
}
