//! Admitted and exempt requests.

use actix_web::{
    App,
    http::Method,
    test::{TestRequest, init_service},
    web,
};
use limiter_lib::{
    Mode,
    actix::{ClientAddress, KeyBy},
};

use crate::support::{RecordingStore, from, ok, policy, send, status};

#[actix_web::test]
async fn as_many_pass_as_the_quota_allows_and_more_when_time_passes() {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("api", "2/1m"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).route("/", web::get().to(ok))).await;

    for expected in [200, 200, 429, 429] {
        assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, expected);
    }
    store.state().now += 30 * 16_000_000;
    assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);
    assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 429);
}

#[actix_web::test]
async fn one_client_does_not_use_up_the_units_of_another() {
    let layer = RecordingStore::default().layer().policy(policy("api", "1/1m"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).route("/", web::get().to(ok))).await;

    assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);
    assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 429);
    assert_eq!(status(&app, from("192.0.2.8", "/").to_request()).await, 200);
    assert_eq!(status(&app, TestRequest::with_uri("/").to_request()).await, 200, "no address is a key of its own");
    assert_eq!(status(&app, TestRequest::with_uri("/").to_request()).await, 429);
}

#[actix_web::test]
async fn a_layer_may_be_on_an_app_a_scope_and_a_resource() {
    let store = RecordingStore::default();
    let layer = |name: &str, quota: &str| store.layer().policy(policy(name, quota), KeyBy::address());
    let app = init_service(
        App::new().wrap(layer("app", "9/1m")).service(
            web::scope("/v1")
                .wrap(layer("scope", "5/1m"))
                .route("/plain", web::get().to(ok))
                .service(web::resource("/dear").wrap(layer("resource", "1/1m")).to(ok)),
        ),
    )
    .await;

    let reply = send(&app, from("192.0.2.7", "/v1/dear").to_request()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("ratelimit"), Some("\"resource\";r=0;t=60, \"scope\";r=4;t=12, \"app\";r=8;t=7"));
    let reply = send(&app, from("192.0.2.7", "/v1/dear").to_request()).await;
    assert_eq!(reply.status, 429);
    assert_eq!(reply.json()["violated-policies"], serde_json::json!(["resource"]));
    assert_eq!(status(&app, from("192.0.2.7", "/v1/plain").to_request()).await, 200);
}

#[actix_web::test]
async fn the_policies_of_a_layer_are_one_call_and_take_all_or_nothing() {
    let store = RecordingStore::default();
    let layer = store
        .layer()
        .policy(policy("wide", "10/1m"), KeyBy::everything())
        .policy(policy("narrow", "1/1m"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).route("/", web::get().to(ok))).await;

    for expected in [200, 429, 429] {
        assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, expected);
    }
    assert_eq!(store.calls(), 3);
    let reply = send(&app, from("192.0.2.8", "/").to_request()).await;
    assert_eq!(reply.header("ratelimit"), Some("\"wide\";r=8;t=12, \"narrow\";r=0;t=60"));
}

#[actix_web::test]
async fn a_request_may_cost_more_of_one_policy() {
    let store = RecordingStore::default();
    let layer = store
        .layer()
        .policy(policy("requests", "10/1m"), KeyBy::address())
        .policy(policy("work", "10/1m"), KeyBy::address())
        .cost(|request| if request.path() == "/dear" { 7 } else { 0 });
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    assert_eq!(status(&app, from("192.0.2.7", "/dear").to_request()).await, 200);
    assert_eq!(status(&app, from("192.0.2.7", "/dear").to_request()).await, 429);
    let reply = send(&app, from("192.0.2.7", "/cheap").to_request()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("ratelimit"), Some("\"requests\";r=8;t=12, \"work\";r=3;t=42"));
}

#[actix_web::test]
async fn preflights_and_health_checks_are_not_counted() {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("api", "1/1m"), KeyBy::address()).exempt_path("/metrics");
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    for path in ["/livez", "/readyz", "/healthz", "/metrics"] {
        let reply = send(&app, from("192.0.2.7", path).to_request()).await;
        assert_eq!((reply.status, reply.header("ratelimit")), (200, None), "{path}");
    }
    assert_eq!(status(&app, from("192.0.2.7", "/").method(Method::OPTIONS).to_request()).await, 200);
    assert_eq!(store.calls(), 0);
    for path in ["/livez/", "/livez/x", "/LIVEZ", "//livez"] {
        status(&app, from("192.0.2.7", path).to_request()).await;
    }
    assert_eq!(store.calls(), 4, "only exactly these paths");
}

#[actix_web::test]
async fn preflights_and_health_checks_may_be_counted() {
    let layer = RecordingStore::default()
        .layer()
        .policy(policy("api", "1/1m"), KeyBy::address())
        .count_options()
        .no_exempt_paths();
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    assert_eq!(status(&app, from("192.0.2.7", "/livez").to_request()).await, 200);
    assert_eq!(status(&app, from("192.0.2.7", "/").method(Method::OPTIONS).to_request()).await, 429);
}

#[actix_web::test]
async fn clients_of_allowed_networks_are_not_counted_but_only_by_their_true_address() {
    let store = RecordingStore::default();
    let layer = store
        .layer()
        .client(ClientAddress::trust_proxies("10.0.0.1".parse().unwrap()))
        .allow("198.51.100.0/24".parse().unwrap())
        .policy(policy("api", "1/1m"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    let through_proxy = |forwarded: &str| from("10.0.0.1", "/").insert_header(("x-forwarded-for", forwarded));

    for _ in 0..3 {
        assert_eq!(status(&app, from("198.51.100.9", "/").to_request()).await, 200);
        assert_eq!(status(&app, through_proxy("198.51.100.9").to_request()).await, 200);
    }
    assert_eq!(store.calls(), 0);
    assert_eq!(status(&app, through_proxy("198.51.100.9, 192.0.2.7").to_request()).await, 200);
    assert_eq!(status(&app, through_proxy("198.51.100.9, 192.0.2.7").to_request()).await, 429);
    let spoofed = || from("192.0.2.8", "/").insert_header(("x-forwarded-for", "198.51.100.9"));
    assert_eq!(status(&app, spoofed().to_request()).await, 200);
    assert_eq!(status(&app, spoofed().to_request()).await, 429);
}

#[actix_web::test]
async fn a_limit_in_shadow_counts_and_refuses_nothing() {
    let store = RecordingStore::default();
    let layer = store
        .layer()
        .policy(policy("trial", "1/1m").mode(Mode::Shadow), KeyBy::address())
        .policy(policy("api", "3/1m"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    for expected in [200, 200, 200, 429] {
        let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
        assert_eq!(reply.status, expected);
        assert!(!reply.header("ratelimit").unwrap().contains("trial"));
        assert!(!reply.header("ratelimit-policy").unwrap().contains("trial"));
    }
}

#[actix_web::test]
async fn a_layer_without_policies_lets_everything_pass() {
    let store = RecordingStore::default();
    let app = init_service(App::new().wrap(store.layer()).default_service(web::to(ok))).await;
    assert_eq!(send(&app, from("192.0.2.7", "/").to_request()).await.body, "served");
    assert_eq!(store.calls(), 0);
}
