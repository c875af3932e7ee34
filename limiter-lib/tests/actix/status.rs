//! Decisions, charges and refunds in handlers.

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

use crate::support::{RecordingStore, from, ok, policy, send, status};

async fn remaining_units(limits: RateLimitStatus) -> String {
    let one = |decision: limiter_lib::Decision| format!("{}={}", decision.policy.name(), decision.remaining);
    limits.decisions().into_iter().map(one).collect::<Vec<_>>().join(" ")
}

async fn charge(limits: RateLimitStatus, units: web::Path<u32>) -> HttpResponse {
    limits.charge(*units).await.unwrap();
    HttpResponse::Ok().body(remaining_units(limits).await)
}

async fn refund(limits: RateLimitStatus) -> HttpResponse {
    limits.refund().await.unwrap();
    limits.refund().await.unwrap();
    HttpResponse::Ok().body(remaining_units(limits).await)
}

async fn fail(status: web::Path<u16>) -> HttpResponse {
    HttpResponse::new(StatusCode::from_u16(*status).unwrap())
}

#[actix_web::test]
async fn a_handler_sees_the_decisions_of_all_layers() {
    let store = RecordingStore::default();
    let outer = store.layer().policy(policy("outer", "9/1m"), KeyBy::address());
    let inner = store.layer().policy(policy("inner", "5/1m"), KeyBy::address());
    let app = init_service(App::new().wrap(inner).wrap(outer).default_service(web::to(remaining_units))).await;

    assert_eq!(send(&app, from("192.0.2.7", "/").to_request()).await.body, "outer=8 inner=4");
    assert_eq!(send(&app, from("192.0.2.7", "/").to_request()).await.body, "outer=7 inner=3");
}

#[actix_web::test]
async fn a_handler_finds_one_policy_by_name() {
    let layer = RecordingStore::default().layer().policy(policy("api", "9/1m"), KeyBy::address());
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
async fn a_handler_of_an_unchecked_request_sees_no_decisions() {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("api", "9/1m"), KeyBy::address());
    let app = init_service(
        App::new()
            .wrap(layer)
            .route("/livez", web::to(remaining_units))
            .route("/{units}", web::to(charge))
            .default_service(web::to(refund)),
    )
    .await;
    assert_eq!(send(&app, from("192.0.2.7", "/livez").to_request()).await.body, "");
    store.fail(StoreError::Timeout);
    assert_eq!(send(&app, from("192.0.2.7", "/3").to_request()).await.body, "");
    assert_eq!(send(&app, from("192.0.2.7", "/refund/x").to_request()).await.body, "");

    let bare = init_service(App::new().route("/{units}", web::to(charge))).await;
    assert_eq!(send(&bare, from("192.0.2.7", "/3").to_request()).await.body, "");
}

#[actix_web::test]
async fn a_handler_may_charge_more_and_the_response_shows_it() {
    let layer = RecordingStore::default().layer().policy(policy("api", "9/1m"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).route("/{units}", web::to(charge))).await;

    let reply = send(&app, from("192.0.2.7", "/3").to_request()).await;
    assert_eq!(reply.body, "api=5");
    assert_eq!(reply.header("ratelimit"), Some("\"api\";r=5;t=27"));
    let reply = send(&app, from("192.0.2.7", "/100").to_request()).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "api=0"));
    assert_eq!(status(&app, from("192.0.2.7", "/0").to_request()).await, 429);
}

#[actix_web::test]
async fn a_handler_may_charge_more_of_one_policy() {
    let layer = RecordingStore::default()
        .layer()
        .policy(policy("requests", "9/1m"), KeyBy::address())
        .policy(policy("work", "9/1m"), KeyBy::address());
    let handler = |limits: RateLimitStatus| async move {
        limits.charge_policy("work", 5).await.unwrap();
        limits.charge_policy("nothing", 5).await.unwrap();
        remaining_units(limits).await
    };
    let app = init_service(App::new().wrap(layer).default_service(web::to(handler))).await;
    assert_eq!(send(&app, from("192.0.2.7", "/").to_request()).await.body, "requests=8 work=3");
}

#[actix_web::test]
async fn a_handler_may_refund_the_units_taken_once() {
    let store = RecordingStore::default();
    let layer = store
        .layer()
        .policy(policy("requests", "9/1m"), KeyBy::address())
        .policy(policy("work", "9/1m"), KeyBy::address())
        .cost(|_| 4);
    let app = init_service(
        App::new().wrap(layer).route("/remaining", web::to(remaining_units)).default_service(web::to(refund)),
    )
    .await;

    assert_eq!(send(&app, from("192.0.2.7", "/remaining").to_request()).await.body, "requests=8 work=5");
    let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!(reply.body, "requests=8 work=5");
    assert_eq!(reply.header("ratelimit"), Some("\"requests\";r=8;t=7, \"work\";r=5;t=27"));
    assert_eq!(store.calls(), 3, "both policies in one call, and only once");
}

#[actix_web::test]
async fn units_that_a_shadow_did_not_take_are_not_refunded() {
    let store = RecordingStore::default();
    let layer = store
        .layer()
        .policy(policy("trial", "1/1m").mode(Mode::Shadow), KeyBy::address())
        .policy(policy("api", "9/1m"), KeyBy::address());
    let app = init_service(
        App::new().wrap(layer).route("/remaining", web::to(remaining_units)).default_service(web::to(refund)),
    )
    .await;

    send(&app, from("192.0.2.7", "/remaining").to_request()).await;
    assert_eq!(send(&app, from("192.0.2.7", "/").to_request()).await.body, "trial=0 api=8");
    assert_eq!(store.state().calls.last().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_layer_may_refund_by_the_status_of_the_response() {
    let layer = RecordingStore::default()
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
async fn errors_are_refunded_too_and_a_refund_by_the_handler_is_not_repeated() {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("api", "2/1m"), KeyBy::address()).refund_on(|status| status == 500);
    let handler = |limits: RateLimitStatus| async move {
        limits.refund().await.unwrap();
        Err::<HttpResponse, _>(error::ErrorInternalServerError("oh"))
    };
    let app = init_service(App::new().wrap(layer).default_service(web::to(handler))).await;
    for _ in 0..5 {
        assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 500);
    }
    assert_eq!(store.calls(), 10);
}

#[actix_web::test]
async fn an_error_of_an_inner_middleware_is_refunded_too() {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("api", "2/1m"), KeyBy::address()).refund_on(|status| status == 502);
    let inner = from_fn(|_: ServiceRequest, _: Next<BoxBody>| async {
        Err::<ServiceResponse, _>(error::ErrorBadGateway("unreachable"))
    });
    let app = init_service(App::new().wrap(inner).wrap(layer).default_service(web::to(ok))).await;
    for _ in 0..5 {
        let error = try_call_service(&app, from("192.0.2.7", "/").to_request()).await.err().unwrap();
        assert_eq!(error.error_response().headers().get("ratelimit").unwrap(), "\"api\";r=2;t=0");
    }
}

#[actix_web::test]
async fn a_refund_that_fails_changes_no_response() {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("api", "2/1m"), KeyBy::address()).refund_on(|_| true);
    let broken = store.clone();
    let handler = move || {
        broken.fail(StoreError::Timeout);
        ok()
    };
    let app = init_service(App::new().wrap(layer).default_service(web::to(handler))).await;
    let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!((reply.status, reply.header("ratelimit")), (200, Some("\"api\";r=1;t=30")));
}
