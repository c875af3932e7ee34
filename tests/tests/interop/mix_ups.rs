//! Foreign, reused and forged callbacks, and wrong settings.

use serde_json::json;

use crate::cinema::Cinema;
use crate::provider::{Answer, Browser, given, new_login};

/// The raw value of a parameter of a callback.
fn value<'a>(callback: &'a str, name: &str) -> &'a str {
    let mut pairs = callback.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == name).expect("the parameter is there").1
}

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn a_callback_works_once() {
    let cinema = Cinema::open();
    let begun = cinema.begin().await;
    let callback = Browser::new().run_flow(&begun.authorize_url, Answer::Agree(&new_login())).await;
    cinema.finish(&begun.ticket, &callback).await.assert_status(201);
    cinema.finish(&begun.ticket, &callback).await.assert_problem(400, "social.ticket_invalid");
}

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn a_callback_of_another_sign_in_is_refused_before_the_provider_is_called() {
    let cinema = Cinema::open();
    let (mine, foreign) = (cinema.begin().await, cinema.begin().await);
    let callback = Browser::new().run_flow(&foreign.authorize_url, Answer::Agree(&new_login())).await;
    cinema.finish(&mine.ticket, &callback).await.assert_problem(400, "social.ticket_invalid");
    cinema.finish(&foreign.ticket, &callback).await.assert_status(201); // its code was not spent
}

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn an_injected_code_is_refused_by_the_provider() {
    let cinema = Cinema::open();
    let (mine, foreign) = (cinema.begin().await, cinema.begin().await);
    let my_callback = Browser::new().run_flow(&mine.authorize_url, Answer::Agree(&new_login())).await;
    let foreign_callback = Browser::new().run_flow(&foreign.authorize_url, Answer::Agree(&new_login())).await;
    let forged = my_callback.replace(value(&my_callback, "code"), value(&foreign_callback, "code"));
    cinema.finish(&mine.ticket, &forged).await.assert_problem(400, "social.refused");
}

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn a_callback_of_another_issuer_is_refused() {
    let cinema = Cinema::open();
    let begun = cinema.begin().await;
    let callback = Browser::new().run_flow(&begun.authorize_url, Answer::Agree(&new_login())).await;
    let forged = callback.replace(value(&callback, "iss"), "http%3A%2F%2F127.0.0.1%3A1");
    cinema.finish(&begun.ticket, &forged).await.assert_problem(400, "social.ticket_invalid");
}

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn a_wrong_client_secret_is_a_failure_of_the_provider_integration() {
    let cinema = Cinema::open_with(&[("AUTH_OIDC_CLIENT_SECRET", "not-the-secret-of-this-client")]);
    cinema.sign_in(&new_login()).await.assert_problem(502, "social.provider_failed");
}

#[tokio::test]
#[ignore = "needs the provider of `make interop`"]
async fn a_provider_that_is_not_the_issuer_of_the_settings_is_not_used() {
    let issuer = given("INTEROP_ISSUER").replace("127.0.0.1", "localhost");
    let cinema = Cinema::open_with(&[("AUTH_OIDC_ISSUER", &issuer)]);
    let reply = cinema.post("/api/v1/social/oidc/start").json(&json!({})).send().await;
    reply.assert_problem(502, "social.provider_failed");
}
