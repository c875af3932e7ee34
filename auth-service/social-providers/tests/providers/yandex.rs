//! Yandex ID.

use chrono::NaiveDate;
use serde_json::json;
use stub_providers::{Endpoint, Fault, Kind, Lie, Person};

use crate::support::{Bench, is_not_acceptable, is_refused, parameter};

#[tokio::test]
async fn a_user_is_identified_by_the_id() {
    let bench = Bench::start(Kind::Yandex);
    let profile = bench.sign_in().await.unwrap();
    assert_eq!(profile.subject, "1000000001");
    assert_eq!(profile.names[0], "anna.stub");
    assert_eq!(profile.birth_date, NaiveDate::from_ymd_opt(1987, 3, 12));
    assert!(profile.email.unwrap().vouched);
    let call = bench.stub.calls_at(Endpoint::Userinfo).pop().unwrap();
    assert!(call.header("authorization").unwrap().starts_with("OAuth canary-"));
    assert_eq!((call.parameter("format"), call.query.len()), (Some("json"), 1), "no token in the URL");
}

#[tokio::test]
async fn claims_that_yandex_omits_are_absent() {
    let bench = Bench::start(Kind::Yandex);
    let mut person = Person::without_email("17");
    person.birthday = Some("0000-12-23".into());
    bench.stub.person(person);
    let profile = bench.sign_in().await.unwrap();
    assert!(profile.email.is_none() && profile.birth_date.is_none());
    bench.stub.change(Endpoint::Userinfo, |info| {
        (info["birthday"], info["default_email"], info["id"]) = (json!(null), json!(null), json!(17));
    });
    let profile = bench.sign_in().await.unwrap();
    assert_eq!(profile.subject, "17", "an id may be a number");
    assert!(profile.email.is_none() && profile.birth_date.is_none());
}

#[tokio::test]
async fn a_token_of_another_application_is_not_accepted() {
    let bench = Bench::start(Kind::Yandex);
    bench.stub.lie(Lie::ClientId);
    assert!(is_not_acceptable(&bench.sign_in().await));
    bench.stub.clear_faults();
    bench.stub.change(Endpoint::Userinfo, |info| drop(info.as_object_mut().unwrap().remove("client_id")));
    assert!(is_not_acceptable(&bench.sign_in().await));
}

#[tokio::test]
async fn the_device_id_is_sent_and_used_for_revocation() {
    let bench = Bench::start(Kind::Yandex);
    let flow = bench.start_flow().await;
    assert_eq!(parameter(&flow.url, "device_id").as_ref(), Some(&flow.device_id));
    let callback = bench.stub.authorize(&flow.url);
    let grant = flow.finish(bench.enabled(), &callback).await.unwrap().grant.unwrap();
    assert_eq!(grant.device_id.as_ref(), Some(&flow.device_id));
    assert_eq!(bench.stub.calls_at(Endpoint::Token)[0].field("device_id"), Some(flow.device_id.as_str()));
    bench.enabled().provider.revoke(&grant).await.unwrap();
    let call = bench.stub.calls_at(Endpoint::Revoke).pop().unwrap();
    assert_eq!(call.field("access_token"), Some(grant.access_token.expose()));
    assert!(call.header("authorization").unwrap().starts_with("Basic "));
    assert_eq!(bench.stub.live_tokens().0, 0);
}

#[tokio::test]
async fn a_code_works_once_and_every_error_code_for_it_is_a_refusal() {
    let bench = Bench::start(Kind::Yandex);
    let flow = bench.start_flow().await;
    let callback = bench.stub.authorize(&flow.url);
    assert!(flow.finish(bench.enabled(), &callback).await.is_ok());
    assert!(is_refused(&flow.finish(bench.enabled(), &callback).await));
    bench.stub.fail(Endpoint::Token, Fault::Error("bad_verification_code"));
    assert!(is_refused(&bench.sign_in().await));
}
