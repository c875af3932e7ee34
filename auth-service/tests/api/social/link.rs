use serde_json::json;

use super::support::{Cinema, person};

#[actix_web::test]
async fn a_linked_identity_signs_in_to_the_account_that_linked_it() {
    let cinema = Cinema::start().await;
    let user = cinema.user().await;
    let who = cinema.signed_in(&user).await;
    let body = cinema.link("google", &who, person("1")).await.assert_status(201);
    assert_eq!(body["social_account"]["provider"], "google");
    let (id, _) = cinema.sign_in_as("google", person("1")).await;
    assert_eq!(id, user.id);
    let events = cinema.get("/api/v1/me/events").bearer(&who.access).send().await.assert_status(200);
    assert_eq!(events["items"][0]["kind"], "social_linked");
    assert_eq!(events["items"][0]["provider"], "google");
}

#[actix_web::test]
async fn several_identities_also_of_one_provider_may_belong_to_one_account() {
    let cinema = Cinema::start().await;
    let (id, who) = cinema.sign_in_as("google", person("1")).await;
    cinema.link("google", &who, person("2")).await.assert_status(201);
    cinema.link("yandex", &who, person("1")).await.assert_status(201);
    assert_eq!(cinema.linked(&who).await.len(), 3);
    for (provider, subject) in [("google", "2"), ("yandex", "1")] {
        assert_eq!(cinema.sign_in_as(provider, person(subject)).await.0, id);
    }
}

#[actix_web::test]
async fn linking_a_linked_identity_again_changes_nothing() {
    let cinema = Cinema::start().await;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    cinema.link("google", &who, person("1")).await.assert_status(201);
    assert_eq!(cinema.linked(&who).await.len(), 1);
}

#[actix_web::test]
async fn an_identity_of_another_account_is_not_linked_and_the_problem_advises_to_unlink() {
    let cinema = Cinema::start().await;
    cinema.sign_in_as("google", person("1")).await;
    let (_, other) = cinema.sign_in_as("yandex", person("2")).await;
    let problem = cinema.link("google", &other, person("1")).await.assert_problem(409, "social.account_taken");
    assert!(problem["detail"].as_str().unwrap().contains("unlink"), "{problem}");
    assert_eq!(cinema.linked(&other).await.len(), 1);
}

#[actix_web::test]
async fn the_twenty_first_identity_is_refused() {
    let cinema = Cinema::start().await;
    let (_, who) = cinema.sign_in_as("google", person("0")).await;
    for n in 1..20 {
        cinema.link("google", &who, person(&n.to_string())).await.assert_status(201);
    }
    cinema.link("google", &who, person("20")).await.assert_problem(409, "social.too_many_accounts");
}

#[actix_web::test]
async fn linking_needs_a_token() {
    let cinema = Cinema::start().await;
    for path in ["/api/v1/me/social-accounts/google/start", "/api/v1/me/social-accounts/google/finish"] {
        cinema.post(path).json(&json!({})).send().await.assert_problem(401, "auth.token_missing");
    }
}

#[actix_web::test]
async fn a_failed_or_cancelled_link_changes_nothing() {
    let cinema = Cinema::start().await;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    let flow = cinema.start_link("yandex", &who).await;
    let refused = format!("error=access_denied&state={}", flow.state);
    cinema.finish_link(&flow, &who, &refused).await.assert_problem(400, "social.cancelled");
    let flow = cinema.start_link("yandex", &who).await;
    cinema.finish_link(&flow, &who, &flow.callback("unknown")).await.assert_problem(400, "social.refused");
    assert_eq!(cinema.linked(&who).await.len(), 1);
}
