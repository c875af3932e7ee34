use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use service_kit::testing::eventually;
use social_providers::ProviderError;

use super::support::{Cinema, person, with_email};
use crate::app::{SignedIn, unique_email};

#[actix_web::test]
async fn a_first_social_sign_in_creates_an_account_and_the_next_one_finds_it() {
    let cinema = Cinema::start().await;
    let (first, tokens) = cinema.sign_in_as("google", person("1")).await;
    let (second, _) = cinema.sign_in_as("google", person("1")).await;
    assert_eq!(first, second);
    assert!(cinema.is_active(&tokens.access).await);
    let (stranger, _) = cinema.sign_in_as("google", person("2")).await;
    assert_ne!(first, stranger);
}

#[actix_web::test]
async fn the_same_subject_at_another_provider_is_another_user() {
    let cinema = Cinema::start().await;
    let (one, _) = cinema.sign_in_as("google", person("1")).await;
    let (other, _) = cinema.sign_in_as("yandex", person("1")).await;
    assert_ne!(one, other);
}

#[actix_web::test]
async fn claims_of_the_provider_become_fields_of_the_account() {
    let cinema = Cinema::start().await;
    let email = unique_email();
    let mut profile = with_email(person("1"), &email, true);
    profile.birth_date = "2001-02-03".parse().ok();
    let body = cinema.try_sign_in_as("google", profile).await.assert_status(201);
    assert_eq!(body["user"]["email"], email);
    assert_eq!(body["user"]["display_name"], "Анна");
    assert_eq!(body["user"]["birth_date"], "2001-02-03");
    // An impossible birth date is ignored and does not prevent the sign-in.
    let mut profile = person("2");
    profile.birth_date = "1800-01-01".parse().ok();
    let body = cinema.try_sign_in_as("google", profile).await.assert_status(201);
    assert!(body["user"]["birth_date"].is_null());
}

#[actix_web::test]
async fn a_social_sign_in_is_in_the_history_and_in_the_list_of_identities() {
    let cinema = Cinema::start().await;
    let (_, who) = cinema.sign_in_as("google", with_email(person("1"), "anna@elsewhere.test", false)).await;
    let body = cinema.get("/api/v1/me/sign-ins").bearer(&who.access).send().await.assert_status(200);
    assert_eq!(body["items"][0]["method"], "social");
    assert_eq!(body["items"][0]["outcome"], "success");
    let body = cinema.get("/api/v1/me/social-accounts").bearer(&who.access).send().await.assert_status(200);
    assert_eq!(body["items"][0]["provider"], "google");
    assert_eq!(body["items"][0]["label"], "anna@elsewhere.test");
    assert!(body["items"][0]["last_used_at"].is_string());
}

#[actix_web::test]
async fn a_social_sign_in_to_a_closed_account_is_refused_and_recorded() {
    let cinema = Cinema::start().await;
    let (id, _) = cinema.sign_in_as("google", person("1")).await;
    cinema.home.sql("UPDATE users SET status = 1").await;
    cinema.try_sign_in_as("google", person("1")).await.assert_problem(403, "auth.account_disabled");
    let lines = async || cinema.count_sign_ins(id.parse().unwrap()).await == 2;
    eventually("the failure is in the history", Duration::from_secs(20), lines).await;
}

#[actix_web::test]
async fn every_failure_of_a_provider_is_a_problem_other_than_500() {
    let cinema = Cinema::start().await;
    for (error, status, code) in [
        (ProviderError::Refused, 400, "social.refused"),
        (ProviderError::NotAcceptable("nonce"), 502, "social.provider_failed"),
        (ProviderError::Misconfigured, 502, "social.provider_failed"),
        (ProviderError::Unavailable("timeout"), 503, "social.provider_unavailable"),
        (ProviderError::CircuitOpen, 503, "social.provider_unavailable"),
    ] {
        let what = format!("{error:?}");
        cinema.google.failure("c", error);
        let flow = cinema.start_sign_in("google").await;
        let reply = cinema.finish_sign_in(&flow, &flow.callback("c")).await;
        reply.assert_problem(status, code);
        assert_eq!(status == 503, !reply.header("retry-after").is_empty(), "{what}");
    }
}

#[actix_web::test]
async fn a_cancellation_by_the_user_and_a_refusal_by_the_provider_are_distinguished() {
    let cinema = Cinema::start().await;
    for (error, code) in [("access_denied", "social.cancelled"), ("login_required", "social.refused")] {
        let flow = cinema.start_sign_in("google").await;
        let query = format!("error={error}&error_description=%3Cscript%3E&state={}", flow.state);
        let problem = cinema.finish_sign_in(&flow, &query).await.assert_problem(400, code);
        assert!(!problem.to_string().contains("script"), "{problem}");
        cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_problem(400, "social.ticket_invalid");
    }
    assert_eq!(cinema.google.exchange_count(), 0);
}

#[actix_web::test]
async fn providers_that_are_not_enabled_are_not_found() {
    let cinema = Cinema::start().await;
    let flow = cinema.start_sign_in("google").await;
    for name in ["vk", "GOOGLE", "x".repeat(1000).as_str(), "%D1%8F"] {
        for (verb, body) in
            [("start", json!({})), ("finish", json!({"ticket": flow.ticket, "callback": "code=c&state=s"}))]
        {
            let path = format!("/api/v1/social/{name}/{verb}");
            cinema.post(&path).json(&body).send().await.assert_problem(404, "social.provider_not_found");
        }
    }
}

#[actix_web::test]
async fn the_list_of_providers_is_that_of_the_settings_in_their_order() {
    let cinema = Cinema::start().await;
    let reply = cinema.get("/api/v1/social/providers").send().await;
    assert_eq!(reply.header("cache-control"), "public, max-age=60");
    let body = reply.assert_status(200);
    let ids: Vec<_> = body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["google", "other", "yandex"]);
}

#[actix_web::test]
async fn without_an_app_redirect_uri_a_start_reports_it() {
    let cinema = Cinema::start_with(|config| config.social.app_redirect_uri = None).await;
    let reply = cinema.post("/api/v1/social/google/start").json(&json!({})).send().await;
    reply.assert_problem(404, "social.no_app_redirect");
}

#[actix_web::test]
async fn each_provider_has_its_own_redirect_uri_in_the_authorization_and_the_token_request() {
    let cinema = Cinema::start().await;
    let mut verifiers = HashSet::new();
    for (provider, fake) in [("google", &cinema.google), ("yandex", &cinema.yandex)] {
        fake.code("c", person("1"));
        let flow = cinema.start_sign_in(provider).await;
        let expected = format!("http://127.0.0.1/in/{provider}");
        assert!(flow.url.query_pairs().any(|(name, value)| name == "redirect_uri" && value == expected));
        cinema.finish_sign_in(&flow, &flow.callback("c")).await.assert_status(201);
        let (uri, verifier) = fake.exchanges.lock().unwrap()[0].clone();
        assert_eq!(uri, expected);
        assert!((43..=128).contains(&verifier.len()) && verifiers.insert(verifier));
    }
}

#[actix_web::test]
async fn invalid_fields_are_named() {
    let cinema = Cinema::start().await;
    for (body, pointer) in [
        (json!({"ticket": "", "callback": "x"}), "/ticket"),
        (json!({"ticket": "x".repeat(4097), "callback": "x"}), "/ticket"),
        (json!({"ticket": "x", "callback": ""}), "/callback"),
        (json!({"ticket": "x", "callback": "x".repeat(8193)}), "/callback"),
        (json!({"ticket": "x", "callback": "x", "device": {"name": "x".repeat(65)}}), "/device/name"),
    ] {
        let problem = cinema.post("/api/v1/social/google/finish").json(&body).send().await;
        let problem = problem.assert_problem(422, "request.invalid_fields");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let reply =
        cinema.post("/api/v1/social/google/start").json(&json!({"redirect_uri": "https://evil.test"})).send().await;
    assert!(reply.status.is_client_error());
}

#[actix_web::test]
async fn thirty_two_first_sign_ins_at_once_make_one_account() {
    let cinema = Cinema::start().await;
    let cinema = &cinema;
    let ids: HashSet<String> =
        join_all((0..32).map(|_| async move { cinema.sign_in_as("google", person("1")).await.0 }))
            .await
            .into_iter()
            .collect();
    assert_eq!(ids.len(), 1);
}

#[actix_web::test]
async fn the_session_of_a_social_sign_in_is_refreshed_and_signed_out_like_any_other() {
    let cinema = Cinema::start().await;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    let next = SignedIn::from(&cinema.refresh(&who.refresh).await.assert_status(200));
    cinema.log_out(&next.access).await.assert_status(204);
    assert!(!cinema.is_active(&next.access).await);
}
