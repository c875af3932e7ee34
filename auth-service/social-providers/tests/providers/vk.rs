//! VK ID, also for accounts of Mail.ru and Odnoklassniki.

use chrono::NaiveDate;
use serde_json::{Value, json};
use social_providers::ProviderError;
use stub_providers::{Endpoint, Fault, Kind, Lie, Person};
use url::Url;

use crate::support::{Bench, SignInFlow, is_not_acceptable, is_refused, parameter};

#[tokio::test]
async fn a_user_is_identified_by_the_user_id_as_number_or_text() {
    let bench = Bench::start(Kind::Vk);
    let profile = bench.sign_in().await.unwrap();
    assert_eq!(profile.subject, "1000000001");
    assert_eq!(profile.names[0], "Анна Иванова");
    assert_eq!(profile.birth_date, NaiveDate::from_ymd_opt(1987, 3, 12));
    assert!(!profile.email.unwrap().vouched, "VK does not verify addresses");
    bench.stub.change(Endpoint::Userinfo, |info| info["user"]["user_id"] = json!(1_000_000_001));
    assert_eq!(bench.sign_in().await.unwrap().subject, "1000000001");
}

#[tokio::test]
async fn an_account_without_address_and_year_of_birth_is_enough() {
    let bench = Bench::start(Kind::Vk);
    let mut person = Person::without_email("17");
    person.birthday = Some("0000-12-23".into());
    bench.stub.person(person);
    let profile = bench.sign_in().await.unwrap();
    assert!(profile.email.is_none() && profile.birth_date.is_none());
}

#[tokio::test]
async fn the_token_request_has_device_and_state_and_no_secret() {
    let bench = Bench::start(Kind::Vk);
    let flow = bench.start_flow().await;
    assert_eq!(parameter(&flow.url, "code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(parameter(&flow.url, "provider").as_deref(), Some("vkid"));
    let callback = bench.stub.authorize(&flow.url);
    flow.finish(bench.enabled(), &callback).await.unwrap();
    let call = bench.stub.calls_at(Endpoint::Token).pop().unwrap();
    assert_eq!(call.field("state"), Some(flow.state.as_str()));
    assert_eq!(call.field("device_id"), parameter(&callback, "device_id").as_deref());
    assert_eq!(call.field("redirect_uri"), Some(flow.redirect_uri.as_str()));
    assert!(call.field("client_secret").is_none() && call.header("authorization").is_none());
    assert!(call.query.is_empty());
}

#[tokio::test]
async fn responses_with_another_state_or_user_id_are_not_accepted() {
    for lie in [Lie::State, Lie::NoState, Lie::UserId] {
        let bench = Bench::start(Kind::Vk);
        bench.stub.lie(lie);
        assert!(is_not_acceptable(&bench.sign_in().await), "{lie:?}");
    }
    let bench = Bench::start(Kind::Vk);
    bench.stub.change(Endpoint::Token, |answer| drop(answer.as_object_mut().unwrap().remove("user_id")));
    assert!(is_not_acceptable(&bench.sign_in().await), "a token without a user id");
}

#[tokio::test]
async fn errors_are_detected_with_any_status() {
    let bench = Bench::start(Kind::Vk);
    let flow = bench.start_flow().await;
    let callback = bench.stub.authorize(&flow.url);
    assert!(flow.finish(bench.enabled(), &callback).await.is_ok());
    assert!(is_refused(&flow.finish(bench.enabled(), &callback).await), "a used code, with status 200");
    bench.stub.fail(Endpoint::Token, Fault::ErrorIn200("invalid_client"));
    assert!(matches!(bench.sign_in().await, Err(ProviderError::Misconfigured)));
    bench.stub.fail(Endpoint::Token, Fault::Error("invalid_grant"));
    assert!(is_refused(&bench.sign_in().await));
    bench.stub.clear_faults();
    bench.stub.fail(Endpoint::Userinfo, Fault::ErrorIn200("invalid_token"));
    assert!(is_refused(&bench.sign_in().await));
}

#[tokio::test]
async fn a_callback_without_a_device_is_not_accepted() {
    let bench = Bench::start(Kind::Vk);
    let flow = bench.start_flow().await;
    let mut callback = bench.stub.authorize(&flow.url);
    let code = parameter(&callback, "code").unwrap();
    callback.query_pairs_mut().clear().append_pair("code", &code);
    assert!(is_not_acceptable(&flow.finish(bench.enabled(), &callback).await));
    assert!(bench.stub.calls_at(Endpoint::Token).is_empty());
}

#[tokio::test]
async fn the_payload_of_a_callback_holds_what_its_parameters_would() {
    let bench = Bench::start(Kind::Vk);
    bench.stub.send_payload();
    let flow = bench.start_flow().await;
    let callback = bench.stub.authorize(&flow.url);
    let payload: Value = serde_json::from_str(&parameter(&callback, "payload").unwrap()).unwrap();
    let get = |name: &str| payload[name].as_str().unwrap();
    let mut plain = Url::parse(&flow.redirect_uri).unwrap();
    plain.query_pairs_mut().append_pair("code", get("code")).append_pair("device_id", get("device_id"));
    assert_eq!(get("state"), flow.state);
    assert!(flow.finish(bench.enabled(), &plain).await.is_ok());
}

#[tokio::test]
async fn mail_and_odnoklassniki_are_separate_providers_with_prefixed_subjects() {
    let bench = Bench::start_with(Kind::Vk, &["--vk-providers=vk,mail_ru,ok_ru"], |_| ());
    let mut subjects = Vec::new();
    for (enabled, provider) in bench.providers.iter().zip(["vkid", "mail_ru", "ok_ru"]) {
        let flow = SignInFlow::start(enabled).await.unwrap();
        assert_eq!(parameter(&flow.url, "provider").as_deref(), Some(provider));
        let callback = bench.stub.authorize(&flow.url);
        let profile = flow.finish(enabled, &callback).await.unwrap();
        assert!(!profile.email.unwrap().vouched);
        subjects.push((enabled.id.to_string(), profile.subject));
    }
    let expected = [("vk", "1000000001"), ("mail_ru", "vkid:1000000001"), ("ok_ru", "vkid:1000000001")];
    assert_eq!(subjects, expected.map(|(id, subject)| (id.to_owned(), subject.to_owned())));
}

#[tokio::test]
async fn revoking_works_after_the_access_token_has_ended() {
    let bench = Bench::start(Kind::Vk);
    let grant = bench.sign_in().await.unwrap().grant.unwrap();
    bench.enabled().provider.revoke(&grant).await.unwrap();
    assert_eq!(bench.stub.live_tokens().0, 0);

    let grant = bench.sign_in().await.unwrap().grant.unwrap();
    bench.stub.expire_access_tokens();
    bench.enabled().provider.revoke(&grant).await.unwrap();
    let refresh = bench.stub.calls_at(Endpoint::Token).pop().unwrap();
    assert_eq!(refresh.field("grant_type"), Some("refresh_token"));
    assert_eq!(refresh.field("device_id"), grant.device_id.as_deref());
    assert_eq!(bench.stub.live_tokens().0, 0, "the fresh one is withdrawn too");
}
