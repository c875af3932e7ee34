//! API and page check equally many passwords, and every endpoint that hashes draws on the same budgets.

use serde_json::json;

use super::log_in_from;
use crate::app::{TestApp, unique_email};
use crate::captcha::{WRONG, start_limited};
use crate::limits::limited;
use crate::pages::browser::Browser;
use crate::social::support::{Cinema, person};

/// Number of `tries` passwords, each for another account, that were checked for one address.
async fn checked(tries: usize, attempt: impl AsyncFn(String) -> u16) -> usize {
    let mut checked = 0;
    for _ in 0..tries {
        checked += usize::from(attempt(unique_email()).await == 401);
    }
    checked
}

#[tokio::test]
async fn guessing_many_accounts_from_one_address_gets_no_further_on_the_page_than_over_the_api() {
    let (app, captcha) = start_limited("allow").await;
    let api = checked(50, async |email| {
        // The more lenient case: allowed until the failures look like guessing.
        let reply = log_in_from(&app, "192.0.2.1", &email, WRONG, json!({})).await;
        if captcha.assessed().last().is_some_and(|assessment| assessment["signals"][0] == "failed_tries") {
            captcha.decides("challenge");
        }
        reply.status.as_u16()
    })
    .await;
    let page = checked(50, async |email| {
        let mut browser = Browser::new(&app);
        browser.form_headers.push(("x-forwarded-for", "198.51.100.1".to_owned()));
        browser.sign_in(&email, WRONG).await.status.as_u16()
    })
    .await;
    // The page lets one more through in a minute, where the API requires a captcha.
    assert!((10..=11).contains(&api) && (10..=14).contains(&page), "API {api}, page {page}");
}

#[tokio::test]
async fn every_endpoint_that_hashes_draws_on_one_budget_of_the_address() {
    let app = TestApp::start_with(limited("policies.log_in.quota = '6/6h'", None)).await;
    let from = "192.0.2.1";
    let user = app.user().await;
    let here = app.signed_in(&user).await;
    for _ in 0..3 {
        log_in_from(&app, from, &unique_email(), WRONG, json!({})).await.assert_problem(401, "auth.wrong_credentials");
    }
    let body = json!({"current_password": WRONG, "new_password": "nine owls in a tall tree"});
    let change = async || {
        let request = app.post("/api/v1/me/password").bearer(&here.access).header("x-forwarded-for", from);
        request.json(&body).send().await
    };
    for _ in 0..2 {
        change().await.assert_problem(403, "auth.wrong_password");
    }
    let new = json!({"email": unique_email(), "password": "three cats on a sofa"});
    let sign_up = async || app.post("/api/v1/users").header("x-forwarded-for", from).json(&new).send().await;
    sign_up().await.assert_status(201);
    for reply in [change().await, sign_up().await] {
        let problem = reply.assert_problem(429, "request.rate_limited");
        assert_eq!(problem["violated-policies"], json!(["log_in"]));
    }
}

#[actix_web::test]
async fn accounts_without_an_email_share_no_budget() {
    let cinema = Cinema::start_with(limited("", None)).await;
    let change = async |access: &str| {
        let body = json!({"current_password": WRONG, "new_password": "nine owls in a tall tree"});
        cinema.post("/api/v1/me/password").bearer(access).json(&body).send().await
    };
    let (_, one) = cinema.sign_in_as("google", person("1")).await;
    let (_, other) = cinema.sign_in_as("google", person("2")).await;
    for _ in 0..12 {
        change(&one.access).await.assert_problem(409, "auth.no_password");
    }
    change(&other.access).await.assert_problem(409, "auth.no_password");
}
