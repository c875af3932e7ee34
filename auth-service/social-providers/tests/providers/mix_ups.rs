//! Two providers at once (RFC 9700 §4.4, RFC 9207).

use std::sync::Arc;

use service_kit::Clock;
use service_kit::testing::ManualClock;
use stub_providers::{Kind, Stub};

use crate::support::{SignInFlow, is_not_acceptable, is_refused, parameter, settings};

#[tokio::test]
async fn a_code_of_one_provider_is_refused_by_another() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (mine, theirs) = (Stub::start(Kind::Oidc), Stub::start(Kind::Oidc));
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
    let build = |stub: &Stub| settings(&[stub], &[]).build(&clock).unwrap();
    let (a, b) = (build(&mine), build(&theirs));
    let (a, b) = (a.iter().next().unwrap(), b.iter().next().unwrap());
    let flow = SignInFlow::start(a).await.unwrap();
    let other = SignInFlow::start(b).await.unwrap();
    let callback = theirs.authorize(&other.url);
    assert!(is_refused(&flow.finish(a, &callback).await));
    assert_ne!(
        parameter(&callback, "iss").as_deref(),
        a.provider.issuer(),
        "the flow rejects it before, by the issuer"
    );
}

#[tokio::test]
async fn an_id_token_of_another_issuer_is_not_accepted_although_its_key_is_known() {
    let bench = crate::support::Bench::start(Kind::Oidc);
    let other = Stub::start(Kind::Oidc); // in this process all stubs have the same keys
    let issuer = other.base().to_owned();
    bench.stub.change_claims(move |claims| claims["iss"] = issuer.clone().into());
    assert!(is_not_acceptable(&bench.sign_in().await));
}

#[tokio::test]
async fn a_callback_without_iss_is_refused_when_the_provider_announces_it() {
    let bench = crate::support::Bench::start(Kind::Oidc);
    let flow = SignInFlow::start(bench.enabled()).await.unwrap();
    let mut callback = bench.stub.authorize(&flow.url);
    let others: Vec<(String, String)> = callback
        .query_pairs()
        .filter(|(name, _)| name != "iss")
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    callback.query_pairs_mut().clear().extend_pairs(others);
    assert!(is_not_acceptable(&flow.finish(bench.enabled(), &callback).await));
}
