//! What a refused client reads.

use actix_web::{App, HttpResponse, test::init_service, web};
use limiter_lib::{
    Mode, Outage, Source, StoreError,
    actix::{KeyBy, Reason},
};
use serde_json::json;

use crate::support::{Ledger, from, ok, policy, send, status};

#[actix_web::test]
async fn a_refusal_is_a_problem_that_names_the_policies() {
    let layer = Ledger::default()
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
async fn retry_after_is_not_before_what_the_limit_says_of_itself() {
    let ledger = Ledger::default();
    let layer = ledger.layer().policy(policy("api", "7/1m"), KeyBy::address()).cost(|_| 3).retry_jitter(10);
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    let mut refused = 0;
    for _ in 0..200 {
        ledger.state().now += 16_000_000 / 3;
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
    let layer = Ledger::default().layer().policy(policy("api", "1/1m"), KeyBy::address()).refuse(|refusal| {
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
    let layer = Ledger::default()
        .layer()
        .policy(policy("api", "1/1m"), KeyBy::address())
        .refuse(|_| HttpResponse::Forbidden().insert_header(("retry-after", "77")).finish());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    send(&app, from("192.0.2.7", "/").to_request()).await;

    let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!((reply.status, reply.header("retry-after")), (403, Some("77")));
}

#[actix_web::test]
async fn what_can_never_pass_is_refused_without_a_time_and_without_asking() {
    let ledger = Ledger::default();
    let layer = ledger
        .layer()
        .policy(policy("api", "9/1m"), KeyBy::address())
        .policy(policy("work", "5/1m"), KeyBy::address())
        .cost(|_| 6);
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, None));
    assert_eq!(reply.json()["violated-policies"], json!(["work"]));
    assert_eq!(reply.header("ratelimit-policy"), Some("\"api\";q=9;w=60, \"work\";q=5;w=60"));
    assert_eq!(ledger.calls(), 0);
}

#[actix_web::test]
async fn a_cost_above_the_burst_of_a_shadow_passes() {
    let layer = Ledger::default()
        .layer()
        .policy(policy("work", "5/1m").mode(Mode::Shadow), KeyBy::address())
        .cost(|_| u32::MAX);
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    for _ in 0..3 {
        assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);
    }
}

#[actix_web::test]
async fn while_the_store_is_out_each_policy_says_what_happens() {
    let failures = [StoreError::Timeout, StoreError::Open, StoreError::Overloaded, StoreError::Refused("no".into())];
    for failure in failures {
        for (outage, expected) in [(Outage::Local, 200), (Outage::Allow, 200), (Outage::Deny, 503)] {
            let ledger = Ledger::default();
            ledger.fail(failure.clone());
            let layer = ledger
                .layer()
                .policy(policy("open", "1/1m").outage(Outage::Allow), KeyBy::address())
                .policy(policy("door", "1/1m").outage(outage), KeyBy::address());
            let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
            for _ in 0..3 {
                let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
                assert_eq!(reply.status, expected, "{failure:?} {outage:?}");
                assert_eq!(reply.header("ratelimit"), None, "nothing is known");
            }
        }
    }
}

#[actix_web::test]
async fn a_refusal_because_nobody_can_decide_is_a_problem_too() {
    let ledger = Ledger::default();
    ledger.fail(StoreError::Timeout);
    let layer = ledger.layer().policy(policy("door", "1/1m").outage(Outage::Deny), KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    assert_eq!(reply.header("ratelimit-policy"), None, "what holds now is unknown");
    let problem = reply.json();
    assert_eq!(problem["type"], "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity");
    assert_eq!(problem["status"], 503);
    assert_eq!(problem["violated-policies"], json!(["door"]));
}

#[actix_web::test]
async fn what_a_guard_refuses_because_nobody_counts_is_no_used_up_quota() {
    for (outage, expected) in [(Outage::Deny, 503), (Outage::Local, 429)] {
        let ledger = Ledger::default();
        ledger.state().source = Some(Source::Fallback);
        let layer = ledger
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
async fn a_shadow_refuses_nothing_even_while_the_store_is_out() {
    let ledger = Ledger::default();
    ledger.fail(StoreError::Timeout);
    let shadow = policy("trial", "1/1m").outage(Outage::Deny).mode(Mode::Shadow);
    let layer = ledger.layer().policy(shadow, KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);
}

#[test]
#[should_panic(expected = "at most 8 policies")]
fn a_ninth_policy_is_refused_when_the_layer_is_built() {
    let mut layer = Ledger::default().layer();
    for number in 0..9 {
        layer = layer.policy(policy(&format!("p{number}"), "1/1m"), KeyBy::everything());
    }
}
