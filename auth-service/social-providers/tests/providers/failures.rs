//! Providers that are down or slow, redirect, or send huge or malformed responses: every failure is bounded and
//! classified, and opens the breaker when it repeats.

use std::time::Duration;

use service_kit::client::MAX_EXTERNAL_RESPONSE;
use service_kit::testing::eventually;
use social_providers::{OAuthError, ProviderError, ProviderSettings};
use stub_providers::{Endpoint, Fault, Kind, Stub};
use tokio::net::TcpStream;

use crate::support::{BOUND, Bench, SignInFlow, logged};

/// A short timeout, for tests of slow providers.
fn short_timeout(settings: &mut ProviderSettings) {
    settings.timeout = Duration::from_millis(300);
}

/// Endpoints that a sign-in calls, in this order.
fn endpoints(kind: Kind) -> &'static [Endpoint] {
    match kind {
        Kind::Google => &[Endpoint::Token, Endpoint::Jwks],
        Kind::Oidc => &[Endpoint::Discovery, Endpoint::Token, Endpoint::Jwks],
        Kind::Yandex | Kind::Vk | Kind::MailRu => &[Endpoint::Token, Endpoint::Userinfo],
    }
}

/// Errors of sign-ins at each provider while one endpoint fails with `fault`, for each endpoint.
async fn outcomes(fault: Fault, change: fn(&mut ProviderSettings)) -> Vec<(Bench, Endpoint, ProviderError)> {
    let mut outcomes = Vec::new();
    for kind in Kind::ALL {
        for at in endpoints(kind) {
            let bench = Bench::start_with(kind, &[], change);
            bench.stub.fail(*at, fault);
            let error = bench.sign_in().await.expect_err("a failure");
            outcomes.push((bench, *at, error));
        }
    }
    outcomes
}

fn is_unavailable(error: &ProviderError, cause: &str) -> bool {
    matches!(error, ProviderError::Unavailable(found) if *found == cause)
}

#[tokio::test]
async fn errors_and_throttling_of_a_provider_are_reported_as_unavailable() {
    for status in [500, 502, 503] {
        for (bench, at, error) in outcomes(Fault::Status(status), |_| ()).await {
            assert!(is_unavailable(&error, "http_5xx"), "{:?} {at:?}: {error}", bench.stub.kind());
        }
    }
    for (bench, at, error) in outcomes(Fault::Status(429), |_| ()).await {
        assert!(is_unavailable(&error, "throttled"), "{:?} {at:?}: {error}", bench.stub.kind());
    }
}

#[tokio::test]
async fn html_is_a_malformed_body_and_an_empty_object_is_not_acceptable() {
    for (bench, at, error) in outcomes(Fault::NotJson, |_| ()).await {
        assert!(is_unavailable(&error, "malformed_body"), "{:?} {at:?}: {error}", bench.stub.kind());
    }
    for (bench, at, error) in outcomes(Fault::EmptyObject, |_| ()).await {
        assert!(matches!(error, ProviderError::NotAcceptable(_)), "{:?} {at:?}: {error}", bench.stub.kind());
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for (bench, at, error) in outcomes(Fault::Redirect, |_| ()).await {
        assert!(is_unavailable(&error, "http_3xx"), "{:?} {at:?}: {error}", bench.stub.kind());
        assert_eq!(bench.stub.calls_at(at).len(), 1);
    }
}

#[tokio::test]
async fn oversized_responses_are_cut_off() {
    for fault in [Fault::Huge, Fault::HugeAnnounced] {
        for (bench, at, error) in outcomes(fault, |_| ()).await {
            assert!(is_unavailable(&error, "http_response_body_size"), "{:?} {at:?}: {error}", bench.stub.kind());
            eventually("the stub sees the end", BOUND, async || bench.stub.cut_off() == 1).await;
            // Socket buffers hold some more, but far less than the whole body.
            assert!(
                bench.stub.streamed_bytes() < 64 * MAX_EXTERNAL_RESPONSE as u64,
                "{} bytes",
                bench.stub.streamed_bytes()
            );
        }
    }
}

#[tokio::test]
async fn slow_and_hanging_responses_time_out() {
    for fault in [Fault::Slow, Fault::Hang] {
        for (bench, at, error) in outcomes(fault, short_timeout).await {
            let timed_out =
                is_unavailable(&error, "http_response_timeout") || is_unavailable(&error, "connection_read_timeout");
            assert!(timed_out, "{:?} {at:?}: {error}", bench.stub.kind());
            assert!(bench.stub.streamed_bytes() < 64, "{} bytes", bench.stub.streamed_bytes());
        }
    }
}

#[tokio::test]
async fn the_breaker_opens_after_five_failures_of_a_provider() {
    for kind in [Kind::Google, Kind::Yandex, Kind::Vk, Kind::MailRu] {
        let bench = Bench::start(kind);
        let flow = bench.start_flow().await;
        let callback = bench.stub.authorize(&flow.url);
        bench.stub.fail_everywhere(Fault::Status(500));
        for _ in 0..5 {
            let outcome = flow.finish(bench.enabled(), &callback).await;
            assert!(matches!(outcome, Err(ProviderError::Unavailable(_))), "{kind:?}");
        }
        let calls = bench.stub.calls().len();
        let outcome = flow.finish(bench.enabled(), &callback).await;
        assert!(matches!(outcome, Err(ProviderError::CircuitOpen)), "{kind:?}");
        assert_eq!(bench.stub.calls().len(), calls);
    }
}

#[tokio::test]
async fn a_provider_that_has_recovered_is_used_again() {
    let quick = |settings: &mut ProviderSettings| settings.breaker.open_for = Duration::from_millis(20);
    for kind in Kind::ALL {
        let bench = Bench::start_with(kind, &[], quick);
        bench.stub.fail_everywhere(Fault::Status(500));
        let resting = async || matches!(bench.sign_in().await, Err(ProviderError::CircuitOpen));
        eventually("the breaker opens", BOUND, resting).await;
        bench.stub.clear_faults();
        eventually("a sign-in works", BOUND, async || bench.sign_in().await.is_ok()).await;
    }
}

#[tokio::test]
async fn a_closed_port_is_reported_as_connection_refused() {
    let settings = {
        let stopped = stub_providers::Stub::start(Kind::Yandex);
        crate::support::settings(&[&stopped], &[])
    };
    let bench = Bench::start(Kind::Yandex);
    let clock: std::sync::Arc<dyn service_kit::Clock> = bench.clock.clone();
    let providers = settings.build(&clock).unwrap();
    let enabled = providers.iter().next().unwrap();
    let flow = SignInFlow::start(enabled).await.unwrap();
    let mut callback = url::Url::parse(&flow.redirect_uri).unwrap();
    callback.query_pairs_mut().append_pair("code", "canary-code");
    let refused = async || {
        let outcome = flow.finish(enabled, &callback).await.map(drop);
        outcome.is_err_and(|error| {
            is_unavailable(&error, "connection_refused") || matches!(error, ProviderError::CircuitOpen)
        })
    };
    eventually("the port is closed", BOUND, refused).await;
}

#[tokio::test]
async fn a_failure_is_logged_with_its_provider_and_cause() {
    let bench = Bench::start(Kind::Yandex);
    bench.stub.fail(Endpoint::Token, Fault::Status(503));
    bench.sign_in().await.unwrap_err();
    assert!(logged(|line| line.contains("provider=\"yandex\" failure=\"http_5xx\"")));
}

#[tokio::test]
async fn refusals_without_an_error_code_do_not_open_the_breaker_and_404_means_misconfigured() {
    for kind in Kind::ALL {
        let bench = Bench::start(kind);
        for _ in 0..30 {
            bench.stub.fail(Endpoint::Token, Fault::Refusal(403));
            assert!(matches!(bench.sign_in().await, Err(ProviderError::Refused)), "{kind:?}");
        }
        bench.stub.fail(Endpoint::Token, Fault::Refusal(404));
        assert!(matches!(bench.sign_in().await, Err(ProviderError::Misconfigured)), "{kind:?}");
    }
}

#[tokio::test]
async fn bad_codes_do_not_open_the_breaker() {
    for kind in Kind::ALL {
        let bench = Bench::start(kind);
        bench.stub.fail(Endpoint::Token, Fault::Error("invalid_grant"));
        for _ in 0..30 {
            assert!(matches!(bench.sign_in().await, Err(ProviderError::Refused)), "{kind:?}");
        }
        bench.stub.clear_faults();
        assert!(bench.sign_in().await.is_ok(), "{kind:?}");
    }
}

#[tokio::test]
async fn the_error_of_a_callback_is_logged_by_its_code() {
    let bench = Bench::start(Kind::Oidc);
    let flow = bench.start_flow().await;
    for code in ["temporarily_unavailable", "unauthorized_client", "interaction_required"] {
        let callback = bench.stub.fail_to_authorize(&flow.url, code);
        let error = crate::support::parameter(&callback, "error").unwrap();
        OAuthError::of_callback("sends_back", &error);
        assert!(logged(|line| line.contains(&format!("provider=\"sends_back\" error=\"{code}\""))), "{code}");
    }
    OAuthError::of_callback("sends_back", "a\nforged line");
    assert!(logged(|line| line.contains("provider=\"sends_back\" error=\"unreadable\"")));
}

#[tokio::test]
async fn a_code_counts_as_sent_when_the_token_endpoint_may_have_read_it_and_not_while_the_breaker_is_open() {
    for kind in Kind::ALL {
        let bench = Bench::start(kind);
        let flow = bench.start_flow().await;
        let callback = bench.stub.authorize(&flow.url);
        bench.stub.fail(Endpoint::Token, Fault::Status(500));
        for _ in 0..5 {
            let (outcome, is_sent) = flow.finish_noting_code_use(bench.enabled(), &callback).await;
            assert!(is_sent && matches!(outcome, Err(ProviderError::Unavailable(_))), "{kind:?}: {outcome:?}");
        }
        let (outcome, is_sent) = flow.finish_noting_code_use(bench.enabled(), &callback).await;
        assert!(!is_sent && matches!(outcome, Err(ProviderError::CircuitOpen)), "{kind:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_code_counts_as_not_sent_when_there_was_no_connection() {
    // OIDC is left out: it is called for its discovery document first.
    for kind in [Kind::Google, Kind::Yandex, Kind::Vk, Kind::MailRu] {
        let mut bench = Bench::start(kind);
        let flow = bench.start_flow().await;
        let callback = bench.stub.authorize(&flow.url);
        let address = bench.stub.base().trim_start_matches("http://").to_owned();
        bench.stub = Stub::start(kind); // stops the stub that the settings name
        eventually("the port is closed", BOUND, async || TcpStream::connect(&address).await.is_err()).await;
        let (outcome, is_sent) = flow.finish_noting_code_use(bench.enabled(), &callback).await;
        assert!(!is_sent && matches!(outcome, Err(ProviderError::Unavailable(_))), "{kind:?}: {outcome:?}");
    }
}
