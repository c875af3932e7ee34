//! Responses to refused requests.

use actix_web::{App, HttpResponse, test::init_service, web};
use limiter_lib::{
    Mode, Outage, Source, StoreError,
    actix::{KeyBy, Reason},
};
use serde_json::json;

use crate::support::{RecordingStore, from, ok, policy, send, status};

#[actix_web::test]
async fn a_refusal_is_a_problem_that_names_the_policies() {
    let layer = RecordingStore::default()
        .layer()
        .policy(policy("minute", "1/1m"), KeyBy::address())
        .policy(policy("hour", "1/1h"), KeyBy::address())
        .policy(policy("day", "5/1d"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    send(&app, from("192.0.2.7", "/").to_request()).await;

    let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!(reply.status, 429);
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    assert_eq!(reply.header("retry-after"), Some("3600"), "the longest wait");
    let problem = reply.json();
    assert_eq!(problem["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");
    assert_eq!(problem["title"], "Request cannot be satisfied as assigned quota has been exceeded");
    assert_eq!(problem["status"], 429);
    assert!(problem["detail"].is_string());
    assert_eq!(problem["violated-policies"], json!(["minute", "hour"]));
}

#[actix_web::test]
async fn retry_after_is_not_earlier_than_the_reset_of_the_limit() {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("api", "7/1m"), KeyBy::address()).cost(|_| 3).retry_jitter(10);
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    let mut refused = 0;
    for _ in 0..200 {
        store.state().now += 16_000_000 / 3;
        let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
        if reply.status == 429 {
            refused += 1;
            let retry: u64 = reply.header("retry-after").unwrap().parse().unwrap();
            let reset: u64 = reply.header("ratelimit").unwrap().rsplit_once("t=").unwrap().1.parse().unwrap();
            assert!(retry >= reset.max(1), "{reply:?}");
        }
    }
    assert!(refused > 100);
}

#[actix_web::test]
async fn the_service_may_write_refusals_itself() {
    let layer = RecordingStore::default().layer().policy(policy("api", "1/1m"), KeyBy::address()).refuse(|refusal| {
        assert_eq!(refusal.reason, Reason::QuotaExceeded);
        let names: Vec<&str> = refusal.policies.iter().map(|policy| policy.name()).collect();
        let seconds = refusal.retry_after.unwrap().as_secs();
        HttpResponse::build(refusal.status())
            .insert_header(("x-path", refusal.request.path()))
            .body(format!("{} for {seconds} s", names.join(" ")))
    });
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    send(&app, from("192.0.2.7", "/here").to_request()).await;

    let reply = send(&app, from("192.0.2.7", "/here").to_request()).await;
    assert_eq!((reply.status, reply.body.as_str()), (429, "api for 60 s"));
    assert_eq!(reply.header("x-path"), Some("/here"));
    assert_eq!(reply.header("retry-after"), Some("60"));
    assert_eq!(reply.header("ratelimit"), Some("\"api\";r=0;t=60"));
}

#[actix_web::test]
async fn a_retry_after_that_the_service_wrote_stays() {
    let layer = RecordingStore::default()
        .layer()
        .policy(policy("api", "1/1m"), KeyBy::address())
        .refuse(|_| HttpResponse::Forbidden().insert_header(("retry-after", "77")).finish());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    send(&app, from("192.0.2.7", "/").to_request()).await;

    let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!((reply.status, reply.header("retry-after")), (403, Some("77")));
}

#[actix_web::test]
async fn a_cost_above_the_burst_is_refused_without_a_retry_time_and_without_a_call() {
    let store = RecordingStore::default();
    let layer = store
        .layer()
        .policy(policy("api", "9/1m"), KeyBy::address())
        .policy(policy("work", "5/1m"), KeyBy::address())
        .cost(|_| 6);
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, None));
    assert_eq!(reply.json()["violated-policies"], json!(["work"]));
    assert_eq!(reply.header("ratelimit-policy"), Some("\"api\";q=9;w=60, \"work\";q=5;w=60"));
    assert_eq!(store.calls(), 0);
}

#[actix_web::test]
async fn a_cost_above_the_burst_of_a_shadow_passes() {
    let layer = RecordingStore::default()
        .layer()
        .policy(policy("work", "5/1m").mode(Mode::Shadow), KeyBy::address())
        .cost(|_| u32::MAX);
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    for _ in 0..3 {
        assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);
    }
}

#[actix_web::test]
async fn while_the_store_is_unavailable_each_policy_decides_the_outcome() {
    let failures = [StoreError::Timeout, StoreError::Open, StoreError::Overloaded, StoreError::Refused("no".into())];
    for failure in failures {
        for (outage, expected) in [(Outage::Local, 200), (Outage::Allow, 200), (Outage::Deny, 503)] {
            let store = RecordingStore::default();
            store.fail(failure.clone());
            let layer = store
                .layer()
                .policy(policy("open", "1/1m").outage(Outage::Allow), KeyBy::address())
                .policy(policy("door", "1/1m").outage(outage), KeyBy::address());
            let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
            for _ in 0..3 {
                let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
                assert_eq!(reply.status, expected, "{failure:?} {outage:?}");
                assert_eq!(reply.header("ratelimit"), None, "there is no decision");
            }
        }
    }
}

#[actix_web::test]
async fn a_refusal_without_a_decision_is_a_problem_too() {
    let store = RecordingStore::default();
    store.fail(StoreError::Timeout);
    let layer = store.layer().policy(policy("door", "1/1m").outage(Outage::Deny), KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    assert_eq!(reply.header("ratelimit-policy"), None, "the state is unknown");
    let problem = reply.json();
    assert_eq!(problem["type"], "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity");
    assert_eq!(problem["status"], 503);
    assert_eq!(problem["violated-policies"], json!(["door"]));
}

#[actix_web::test]
async fn a_refusal_by_a_guard_in_an_outage_is_no_exceeded_quota() {
    for (outage, expected) in [(Outage::Deny, 503), (Outage::Local, 429)] {
        let store = RecordingStore::default();
        store.state().source = Some(Source::Fallback);
        let layer = store
            .layer()
            .policy(policy("api", "1/1m"), KeyBy::address())
            .policy(policy("door", "1/1m").outage(outage), KeyBy::address());
        let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
        assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);

        let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
        assert_eq!(reply.status, expected, "{outage:?}");
        let (names, retry) = if expected == 503 { (json!(["door"]), "1") } else { (json!(["api", "door"]), "60") };
        assert_eq!(reply.json()["violated-policies"], names);
        assert_eq!(reply.header("retry-after"), Some(retry));
        assert_eq!(reply.header("ratelimit").is_none(), expected == 503);
    }
}

#[actix_web::test]
async fn a_shadow_refuses_nothing_even_while_the_store_is_unavailable() {
    let store = RecordingStore::default();
    store.fail(StoreError::Timeout);
    let shadow = policy("trial", "1/1m").outage(Outage::Deny).mode(Mode::Shadow);
    let layer = store.layer().policy(shadow, KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);
}

#[test]
#[should_panic(expected = "at most 8 policies")]
fn a_ninth_policy_is_refused_when_the_layer_is_built() {
    let mut layer = RecordingStore::default().layer();
    for number in 0..9 {
        layer = layer.policy(policy(&format!("p{number}"), "1/1m"), KeyBy::everything());
    }
}
