//! Google.

use chrono::NaiveDate;
use serde_json::json;
use social_providers::ProviderError;
use stub_providers::{Endpoint, Fault, Kind, Lie, Person};

use crate::support::{Bench, is_not_acceptable, is_refused, parameter};

#[tokio::test]
async fn a_user_is_identified_by_the_subject() {
    let bench = Bench::start(Kind::Google);
    bench.stub.person(Person::new("12345678901234567890", "John.Doe@gmail.com"));
    let profile = bench.sign_in().await.unwrap();
    assert_eq!(profile.subject, "12345678901234567890");
    assert_eq!(profile.names[0], "Анна Иванова");
    assert_eq!(profile.birth_date, NaiveDate::from_ymd_opt(1987, 3, 12));
    let email = profile.email.unwrap();
    assert!(email.vouched && email.address == "john.doe@gmail.com");
    assert!(bench.stub.calls_at(Endpoint::Userinfo).is_empty(), "the ID token has all claims");
}

#[tokio::test]
async fn another_address_is_the_same_user_and_another_subject_is_not() {
    let bench = Bench::start(Kind::Google);
    bench.stub.person(Person::new("1", "old@gmail.com"));
    let first = bench.sign_in().await.unwrap();
    bench.stub.person(Person::new("1", "new@gmail.com"));
    assert_eq!(bench.sign_in().await.unwrap().subject, first.subject);
    bench.stub.person(Person::new("2", "old@gmail.com"));
    assert_ne!(bench.sign_in().await.unwrap().subject, first.subject);
}

#[tokio::test]
async fn the_authorization_request_has_all_parameters_that_google_requires() {
    let bench = Bench::start(Kind::Google);
    let flow = bench.start_flow().await;
    let get = |name| parameter(&flow.url, name).unwrap();
    assert_eq!(get("scope"), "openid email profile");
    assert_eq!(get("code_challenge_method"), "S256");
    assert_eq!(get("redirect_uri"), flow.redirect_uri);
    assert_eq!((get("state"), get("nonce")), (flow.state.clone(), flow.nonce.clone()));
    assert_eq!((get("access_type"), get("prompt")), ("offline".into(), "select_account".into()));
    assert_eq!(bench.enabled().provider.issuer(), Some("https://accounts.google.com"));
}

#[tokio::test]
async fn a_code_works_once() {
    let bench = Bench::start(Kind::Google);
    let flow = bench.start_flow().await;
    let callback = bench.stub.authorize(&flow.url);
    assert!(flow.finish(bench.enabled(), &callback).await.is_ok());
    assert!(is_refused(&flow.finish(bench.enabled(), &callback).await));
}

#[tokio::test]
async fn a_code_of_another_authorization_request_is_refused() {
    let bench = Bench::start(Kind::Google);
    let (mine, theirs) = (bench.start_flow().await, bench.start_flow().await);
    let callback = bench.stub.authorize(&theirs.url);
    assert!(is_refused(&mine.finish(bench.enabled(), &callback).await), "by its proof key");
    bench.stub.skip_pkce();
    let callback = bench.stub.authorize(&theirs.url);
    assert!(is_not_acceptable(&mine.finish(bench.enabled(), &callback).await), "and by its nonce");
}

#[tokio::test]
async fn userinfo_supplies_claims_missing_in_the_id_token_and_must_have_the_same_subject() {
    let bench = Bench::start(Kind::Google);
    bench.stub.bare_id_tokens();
    assert_eq!(bench.sign_in().await.unwrap().email.unwrap().address, "anna.stub@gmail.com");
    bench.stub.lie(Lie::Subject);
    assert!(is_not_acceptable(&bench.sign_in().await));
}

#[tokio::test]
async fn an_address_and_its_verification_come_from_one_source() {
    let bench = Bench::start(Kind::Google);
    bench.stub.change_claims(|claims| {
        claims.as_object_mut().unwrap().remove("name");
        claims["email_verified"] = json!(false); // userinfo has `true`, and is read for the name only
    });
    let profile = bench.sign_in().await.unwrap();
    assert_eq!(bench.stub.calls_at(Endpoint::Userinfo).len(), 1);
    assert!(!profile.email.unwrap().vouched);
}

#[tokio::test]
async fn revocation_uses_the_refresh_token() {
    let bench = Bench::start(Kind::Google);
    let grant = bench.sign_in().await.unwrap().grant.unwrap();
    let refresh = grant.refresh_token.clone().unwrap();
    bench.enabled().provider.revoke(&grant).await.unwrap();
    let call = bench.stub.calls_at(Endpoint::Revoke).pop().unwrap();
    assert_eq!(call.field("token"), Some(refresh.expose()));
    assert_eq!(bench.stub.live_tokens(), (0, 0));
    assert!(is_refused(&bench.enabled().provider.revoke(&grant).await), "a second time there is nothing to revoke");
}

#[tokio::test]
async fn wrong_settings_are_distinguished_from_wrong_codes() {
    let bench = Bench::start_with(Kind::Google, &[], |settings| {
        settings.google.as_mut().unwrap().client_secret = "canary-wrong".to_owned().into();
    });
    assert!(matches!(bench.sign_in().await, Err(ProviderError::Misconfigured)));
    for error in ["unauthorized_client", "redirect_uri_mismatch", "invalid_client"] {
        bench.stub.fail(Endpoint::Token, Fault::Error(error));
        assert!(matches!(bench.sign_in().await, Err(ProviderError::Misconfigured)), "{error}");
    }
}
