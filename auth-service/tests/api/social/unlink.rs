use std::time::Duration;

use contracts::Secret;
use futures_util::future::join;
use serde_json::json;

use super::support::{Cinema, person};
use crate::app::{SignedIn, unique_email};

#[actix_web::test]
async fn an_unlinked_identity_no_longer_signs_in_and_its_grant_is_revoked() {
    let cinema = Cinema::start().await;
    let user = cinema.user().await;
    let who = cinema.signed_in(&user).await;
    cinema.link("google", &who, person("1")).await.assert_status(201);
    let (_, id) = cinema.linked(&who).await[0].clone();
    cinema.unlink(&who, &id).await.assert_status(204);
    assert_eq!(*cinema.google.revoked.lock().unwrap(), ["canary-token-1"]);
    cinema.unlink(&who, &id).await.assert_problem(404, "social.account_not_found");
    assert_ne!(cinema.sign_in_as("google", person("1")).await.0, user.id);
    let events = cinema.get("/api/v1/me/events").bearer(&who.access).send().await.assert_status(200);
    assert_eq!(events["items"][0]["kind"], "social_unlinked");
}

#[actix_web::test]
async fn the_last_sign_in_method_cannot_be_unlinked_and_the_problem_names_the_password() {
    let cinema = Cinema::start().await;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    let (_, id) = cinema.linked(&who).await[0].clone();
    let problem = cinema.unlink(&who, &id).await.assert_problem(409, "social.last_way_in");
    assert!(problem["detail"].as_str().unwrap().contains("password"), "{problem}");
    let password = json!({"password": "three cats on a sofa", "email": unique_email()});
    cinema.set_password(&who, password).await.assert_status(204);
    cinema.unlink(&who, &id).await.assert_status(204);
    assert!(cinema.linked(&who).await.is_empty());
}

#[actix_web::test]
async fn an_identity_of_a_disabled_provider_is_no_sign_in_method() {
    let cinema = Cinema::start().await;
    let (_, who) = cinema.sign_in_as("google", person("1")).await;
    cinema.link("yandex", &who, person("2")).await.assert_status(201);
    let (_, google) = cinema.linked(&who).await[0].clone();
    let only_google: Vec<_> =
        cinema.state().providers.iter().filter(|provider| provider.id.as_str() == "google").cloned().collect();
    let later = Cinema::start_in(cinema.home.clone(), social_providers::Providers::new(only_google), |_| ()).await;
    let reply = later.delete(&format!("/api/v1/me/social-accounts/{google}")).bearer(&who.access).send().await;
    reply.assert_problem(409, "social.last_way_in");
}

#[actix_web::test]
async fn of_two_concurrent_unlinks_of_the_last_two_sign_in_methods_one_is_refused() {
    let cinema = Cinema::start().await;
    for n in 0..10 {
        let (_, who) = cinema.sign_in_as("google", person(&format!("a{n}"))).await;
        cinema.link("yandex", &who, person(&format!("b{n}"))).await.assert_status(201);
        let linked = cinema.linked(&who).await;
        let (one, other) = join(cinema.unlink(&who, &linked[0].1), cinema.unlink(&who, &linked[1].1)).await;
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409]);
    }
}

#[actix_web::test]
async fn a_refresh_token_of_the_first_consent_is_kept_for_the_revocation() {
    let cinema = Cinema::start().await;
    let with_tokens = |access: &str, refresh: Option<&str>| {
        let mut profile = person("1");
        let grant = profile.grant.as_mut().unwrap();
        (grant.access_token, grant.refresh_token) = (Secret::new(access), refresh.map(Secret::new));
        profile
    };
    let (_, who) = cinema.sign_in_as("google", with_tokens("first", Some("lasting"))).await;
    cinema.sign_in_as("google", with_tokens("second", None)).await;
    let body = json!({"password": "three cats on a sofa", "email": unique_email()});
    cinema.set_password(&who, body).await.assert_status(204);
    let (_, id) = cinema.linked(&who).await[0].clone();
    cinema.unlink(&who, &id).await.assert_status(204);
    assert_eq!(*cinema.google.revoked.lock().unwrap(), ["first"]);
}

#[actix_web::test]
async fn an_identity_of_another_account_cannot_be_unlinked() {
    let cinema = Cinema::start().await;
    let (_, anna) = cinema.sign_in_as("google", person("1")).await;
    cinema.link("yandex", &anna, person("2")).await.assert_status(201);
    let (_, boris) = cinema.sign_in_as("google", person("3")).await;
    let (_, id) = cinema.linked(&anna).await[0].clone();
    cinema.unlink(&boris, &id).await.assert_problem(404, "social.account_not_found");
    cinema.unlink(&boris, "not-an-id").await.assert_problem(400, "request.invalid_path");
    assert_eq!(cinema.linked(&anna).await.len(), 2);
}

#[actix_web::test]
async fn links_and_unlinks_are_mailed_to_the_owner() {
    let folder = tempfile::tempdir().unwrap();
    let cinema = Cinema::start_with(|config| config.data_dir = folder.path().to_owned()).await;
    let user = cinema.user().await;
    let who = cinema.signed_in(&user).await;
    cinema.link("google", &who, person("1")).await.assert_status(201);
    let (_, id) = cinema.linked(&who).await[0].clone();
    cinema.unlink(&who, &id).await.assert_status(204);
    let mails = async || {
        let files = std::fs::read_dir(folder.path().join("mails")).into_iter().flatten();
        files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|end| end == "eml")).count() == 2
    };
    service_kit::testing::eventually("two mails are written", Duration::from_secs(20), mails).await;
}

#[actix_web::test]
async fn a_session_that_is_not_fresh_unlinks_nothing() {
    let cinema = Cinema::start().await;
    let who = cinema.signed_in(&cinema.user().await).await;
    cinema.link("google", &who, person("1")).await.assert_status(201);
    let (_, id) = cinema.linked(&who).await[0].clone();
    cinema.advance(Duration::from_secs(601));
    let later = SignedIn::from(&cinema.refresh(&who.refresh).await.assert_status(200));
    cinema.unlink(&later, &id).await.assert_problem(403, "auth.session_not_fresh");
    assert_eq!(cinema.linked(&later).await.len(), 1);
    assert!(cinema.google.revoked.lock().unwrap().is_empty());
}
