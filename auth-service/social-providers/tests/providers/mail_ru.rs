//! Mail.ru, by its legacy OAuth application.

use chrono::NaiveDate;
use contracts::Secret;
use serde_json::json;
use social_providers::{Grant, ProviderError};
use stub_providers::{Endpoint, Fault, Kind, Lie, Person};

use crate::support::{Bench, is_not_acceptable, is_refused};

#[tokio::test]
async fn a_user_is_identified_by_the_id_and_not_by_the_address() {
    let bench = Bench::start(Kind::MailRu);
    let profile = bench.sign_in().await.unwrap();
    assert_eq!(profile.subject, "1000000001");
    assert_eq!(profile.names[0], "Анна Иванова");
    assert_eq!(profile.birth_date, NaiveDate::from_ymd_opt(1987, 3, 12));
    assert!(profile.email.unwrap().vouched);
    let call = bench.stub.calls_at(Endpoint::Userinfo).pop().unwrap();
    assert!(call.parameter("access_token").is_some() && call.header("authorization").is_none());
    let call = bench.stub.calls_at(Endpoint::Token).pop().unwrap();
    assert!(call.header("authorization").unwrap().starts_with("Basic ") && call.field("client_secret").is_none());
}

#[tokio::test]
async fn claims_that_mail_ru_omits_are_absent() {
    let bench = Bench::start(Kind::MailRu);
    let mut person = Person::without_email("17");
    person.birthday = None;
    bench.stub.person(person);
    bench.stub.change(Endpoint::Userinfo, |info| info["id"] = json!(17));
    let profile = bench.sign_in().await.unwrap();
    assert_eq!(profile.subject, "17");
    assert!(profile.email.is_none() && profile.birth_date.is_none());
}

#[tokio::test]
async fn a_token_of_another_application_is_not_accepted() {
    let bench = Bench::start(Kind::MailRu);
    bench.stub.lie(Lie::ClientId);
    assert!(is_not_acceptable(&bench.sign_in().await));
}

#[tokio::test]
async fn errors_with_status_200_are_detected() {
    let bench = Bench::start_with(Kind::MailRu, &[], |settings| {
        settings.mail_ru.as_mut().unwrap().client_secret = "canary-wrong".to_owned().into();
    });
    assert!(matches!(bench.sign_in().await, Err(ProviderError::Misconfigured)));

    let bench = Bench::start(Kind::MailRu);
    let flow = bench.start_flow().await;
    let callback = bench.stub.authorize(&flow.url);
    assert!(flow.finish(bench.enabled(), &callback).await.is_ok());
    assert!(is_refused(&flow.finish(bench.enabled(), &callback).await));
    bench.stub.fail(Endpoint::Userinfo, Fault::ErrorIn200("token not found"));
    assert!(is_refused(&bench.sign_in().await));
}

#[tokio::test]
async fn there_is_nothing_to_revoke() {
    let bench = Bench::start(Kind::MailRu);
    assert!(bench.sign_in().await.unwrap().grant.is_none());
    let calls = bench.stub.calls().len();
    let grant = Grant { access_token: Secret::new("x"), refresh_token: None, device_id: None };
    bench.enabled().provider.revoke(&grant).await.unwrap();
    assert_eq!(bench.stub.calls().len(), calls);
}
