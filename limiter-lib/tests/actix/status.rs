//! What handlers see of the limits and do about them.

use actix_web::{
    App, HttpResponse,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    error,
    http::StatusCode,
    middleware::{Next, from_fn},
    test::{init_service, try_call_service},
    web,
};
use limiter_lib::{
    Mode, Outcome, StoreError,
    actix::{KeyBy, RateLimitStatus},
};

use crate::support::{Ledger, from, ok, policy, send, status};

async fn tell(limits: RateLimitStatus) -> String {
    let one = |decision: limiter_lib::Decision| format!("{}={}", decision.policy.name(), decision.remaining);
    limits.decisions().into_iter().map(one).collect::<Vec<_>>().join(" ")
}

async fn charge(limits: RateLimitStatus, units: web::Path<u32>) -> HttpResponse {
    limits.charge(*units).await.unwrap();
    HttpResponse::Ok().body(tell(limits).await)
}

async fn refund(limits: RateLimitStatus) -> HttpResponse {
    limits.refund().await.unwrap();
    limits.refund().await.unwrap();
    HttpResponse::Ok().body(tell(limits).await)
}

async fn fail(status: web::Path<u16>) -> HttpResponse {
    HttpResponse::new(StatusCode::from_u16(*status).unwrap())
}

#[actix_web::test]
async fn a_handler_sees_the_decisions_of_all_layers() {
    let ledger = Ledger::default();
    let outer = ledger.layer().policy(policy("outer", "9/1m"), KeyBy::address());
    let inner = ledger.layer().policy(policy("inner", "5/1m"), KeyBy::address());
    let app = init_service(App::new().wrap(inner).wrap(outer).default_service(web::to(tell))).await;

    assert_eq!(send(&app, from("192.0.2.7", "/").to_request()).await.body, "outer=8 inner=4");
    assert_eq!(send(&app, from("192.0.2.7", "/").to_request()).await.body, "outer=7 inner=3");
}

#[actix_web::test]
async fn a_handler_finds_one_policy_by_name() {
    let layer = Ledger::default().layer().policy(policy("api", "9/1m"), KeyBy::address());
    let handler = |limits: RateLimitStatus| async move {
        assert!(limits.decision("other").is_none());
        let decision = limits.decision("api").unwrap();
        assert_eq!(decision.outcome, Outcome::Allow);
        decision.remaining.to_string()
    };
    let app = init_service(App::new().wrap(layer).default_service(web::to(handler))).await;
    assert_eq!(send(&app, from("192.0.2.7", "/").to_request()).await.body, "8");
}

#[actix_web::test]
async fn a_handler_that_no_limit_was_asked_for_sees_nothing() {
    let ledger = Ledger::default();
    let layer = ledger.layer().policy(policy("api", "9/1m"), KeyBy::address());
    let app = init_service(
        App::new()
            .wrap(layer)
            .route("/livez", web::to(tell))
            .route("/{units}", web::to(charge))
            .default_service(web::to(refund)),
    )
    .await;
    assert_eq!(send(&app, from("192.0.2.7", "/livez").to_request()).await.body, "");
    ledger.fail(StoreError::Timeout);
    assert_eq!(send(&app, from("192.0.2.7", "/3").to_request()).await.body, "");
    assert_eq!(send(&app, from("192.0.2.7", "/refund/x").to_request()).await.body, "");

    let bare = init_service(App::new().route("/{units}", web::to(charge))).await;
    assert_eq!(send(&bare, from("192.0.2.7", "/3").to_request()).await.body, "");
}

#[actix_web::test]
async fn a_handler_may_take_more_and_the_response_says_so() {
    let layer = Ledger::default().layer().policy(policy("api", "9/1m"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).route("/{units}", web::to(charge))).await;

    let reply = send(&app, from("192.0.2.7", "/3").to_request()).await;
    assert_eq!(reply.body, "api=5");
    assert_eq!(reply.header("ratelimit"), Some("\"api\";r=5;t=27"));
    let reply = send(&app, from("192.0.2.7", "/100").to_request()).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "api=0"));
    assert_eq!(status(&app, from("192.0.2.7", "/0").to_request()).await, 429);
}

#[actix_web::test]
async fn a_handler_may_take_more_of_one_policy() {
    let layer = Ledger::default()
        .layer()
        .policy(policy("requests", "9/1m"), KeyBy::address())
        .policy(policy("work", "9/1m"), KeyBy::address());
    let handler = |limits: RateLimitStatus| async move {
        limits.charge_policy("work", 5).await.unwrap();
        limits.charge_policy("nothing", 5).await.unwrap();
        tell(limits).await
    };
    let app = init_service(App::new().wrap(layer).default_service(web::to(handler))).await;
    assert_eq!(send(&app, from("192.0.2.7", "/").to_request()).await.body, "requests=8 work=3");
}

#[actix_web::test]
async fn a_handler_may_give_back_what_was_taken_once() {
    let ledger = Ledger::default();
    let layer = ledger
        .layer()
        .policy(policy("requests", "9/1m"), KeyBy::address())
        .policy(policy("work", "9/1m"), KeyBy::address())
        .cost(|_| 4);
    let app = init_service(App::new().wrap(layer).route("/tell", web::to(tell)).default_service(web::to(refund))).await;

    assert_eq!(send(&app, from("192.0.2.7", "/tell").to_request()).await.body, "requests=8 work=5");
    let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!(reply.body, "requests=8 work=5");
    assert_eq!(reply.header("ratelimit"), Some("\"requests\";r=8;t=7, \"work\";r=5;t=27"));
    assert_eq!(ledger.calls(), 3, "both policies in one call, and only once");
}

#[actix_web::test]
async fn what_a_shadow_did_not_take_is_not_given_back() {
    let ledger = Ledger::default();
    let layer = ledger
        .layer()
        .policy(policy("trial", "1/1m").mode(Mode::Shadow), KeyBy::address())
        .policy(policy("api", "9/1m"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).route("/tell", web::to(tell)).default_service(web::to(refund))).await;

    send(&app, from("192.0.2.7", "/tell").to_request()).await;
    assert_eq!(send(&app, from("192.0.2.7", "/").to_request()).await.body, "trial=0 api=8");
    assert_eq!(ledger.state().calls.last().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_layer_may_give_back_when_the_response_has_a_certain_status() {
    let layer = Ledger::default()
        .layer()
        .policy(policy("api", "2/1m"), KeyBy::address())
        .refund_on(|status| status.is_server_error());
    let app = init_service(App::new().wrap(layer).route("/{status}", web::to(fail))).await;

    for _ in 0..5 {
        let reply = send(&app, from("192.0.2.7", "/503").to_request()).await;
        assert_eq!((reply.status, reply.header("ratelimit")), (503, Some("\"api\";r=2;t=0")));
    }
    assert_eq!(status(&app, from("192.0.2.7", "/404").to_request()).await, 404);
    assert_eq!(status(&app, from("192.0.2.7", "/404").to_request()).await, 404);
    assert_eq!(status(&app, from("192.0.2.7", "/404").to_request()).await, 429);
}

#[actix_web::test]
async fn errors_are_given_back_too_and_what_a_handler_gave_back_is_not_given_back_again() {
    let ledger = Ledger::default();
    let layer = ledger.layer().policy(policy("api", "2/1m"), KeyBy::address()).refund_on(|status| status == 500);
    let handler = |limits: RateLimitStatus| async move {
        limits.refund().await.unwrap();
        Err::<HttpResponse, _>(error::ErrorInternalServerError("oh"))
    };
    let app = init_service(App::new().wrap(layer).default_service(web::to(handler))).await;
    for _ in 0..5 {
        assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 500);
    }
    assert_eq!(ledger.calls(), 10);
}

#[actix_web::test]
async fn an_error_of_an_inner_middleware_is_given_back_too() {
    let ledger = Ledger::default();
    let layer = ledger.layer().policy(policy("api", "2/1m"), KeyBy::address()).refund_on(|status| status == 502);
    let inner = from_fn(|_: ServiceRequest, _: Next<BoxBody>| async {
        Err::<ServiceResponse, _>(error::ErrorBadGateway("nobody there"))
    });
    let app = init_service(App::new().wrap(inner).wrap(layer).default_service(web::to(ok))).await;
    for _ in 0..5 {
        let error = try_call_service(&app, from("192.0.2.7", "/").to_request()).await.err().unwrap();
        assert_eq!(error.error_response().headers().get("ratelimit").unwrap(), "\"api\";r=2;t=0");
    }
}

#[actix_web::test]
async fn a_refund_that_fails_changes_no_response() {
    let ledger = Ledger::default();
    let layer = ledger.layer().policy(policy("api", "2/1m"), KeyBy::address()).refund_on(|_| true);
    let broken = ledger.clone();
    let handler = move || {
        broken.fail(StoreError::Timeout);
        ok()
    };
    let app = init_service(App::new().wrap(layer).default_service(web::to(handler))).await;
    let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!((reply.status, reply.header("ratelimit")), (200, Some("\"api\";r=1;t=30")));
}
