//! Header fields of responses.

use actix_web::{
    App, HttpResponse, error,
    http::StatusCode,
    middleware::from_fn,
    test::{init_service, try_call_service},
    web,
};
use limiter_lib::actix::{KeyBy, Profile};

use crate::support::{RecordingStore, from, ok, policy, send};

#[actix_web::test]
async fn a_response_has_the_remaining_units_and_a_refusal_the_retry_time() {
    let layer = RecordingStore::default().layer().policy(policy("api", "2/1m"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    for (status, limit, retry) in
        [(200, "\"api\";r=1;t=30", None), (200, "\"api\";r=0;t=30", None), (429, "\"api\";r=0;t=30", Some("30"))]
    {
        let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("ratelimit"), Some(limit));
        assert_eq!(reply.header("ratelimit-policy"), Some("\"api\";q=2;w=60"));
        assert_eq!(reply.header("retry-after"), retry);
    }
}

#[actix_web::test]
async fn each_profile_has_its_own_fields() {
    let expected = [
        (Profile::Draft10, Some("\"api\";r=1;t=30"), None),
        (Profile::Draft11, Some("\"api\";a=1;w=30"), None),
        (Profile::XRateLimit, None, Some("1")),
        (Profile::None, None, None),
    ];
    for (profile, draft, old) in expected {
        let layer = RecordingStore::default().layer().policy(policy("api", "2/1m"), KeyBy::address()).headers(profile);
        let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
        let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
        assert_eq!(reply.header("ratelimit"), draft, "{profile:?}");
        assert_eq!(reply.header("x-ratelimit-remaining"), old, "{profile:?}");
        send(&app, from("192.0.2.7", "/").to_request()).await;
        let refused = send(&app, from("192.0.2.7", "/").to_request()).await;
        assert_eq!(refused.header("retry-after"), Some("30"), "{profile:?}");
    }
}

#[actix_web::test]
async fn fields_may_be_limited_to_refusals() {
    let layer =
        RecordingStore::default().layer().policy(policy("api", "1/1m"), KeyBy::address()).headers_only_when_refused();
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    let passed = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!((passed.header("ratelimit"), passed.header("ratelimit-policy")), (None, None));
    let refused = send(&app, from("192.0.2.7", "/").to_request()).await;
    assert_eq!(refused.header("ratelimit"), Some("\"api\";r=0;t=60"));
}

#[actix_web::test]
async fn redirections_and_304_carry_no_fields() {
    let layer = RecordingStore::default().layer().policy(policy("api", "9/1m"), KeyBy::address());
    let respond = |status: web::Path<u16>| async move { HttpResponse::new(StatusCode::from_u16(*status).unwrap()) };
    let app = init_service(App::new().wrap(layer).route("/{status}", web::to(respond))).await;

    for (status, has_fields) in
        [(200, true), (204, true), (301, false), (303, false), (304, false), (404, true), (500, true)]
    {
        let reply = send(&app, from("192.0.2.7", &format!("/{status}")).to_request()).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("ratelimit").is_some(), has_fields, "{status}");
        assert_eq!(reply.header("ratelimit-policy").is_some(), has_fields, "{status}");
    }
}

async fn fails() -> Result<HttpResponse, error::Error> {
    Err(error::ErrorConflict("no"))
}

#[actix_web::test]
async fn errors_of_handlers_carry_the_fields() {
    let layer = RecordingStore::default().layer().policy(policy("api", "9/1m"), KeyBy::address());
    let number = |_: web::Path<u32>| async { HttpResponse::Ok().finish() };
    let app =
        init_service(App::new().wrap(layer).route("/fails", web::to(fails)).route("/number/{number}", web::to(number)))
            .await;

    for (path, status) in [("/fails", 409), ("/number/x", 404), ("/nothing", 404)] {
        let reply = send(&app, from("192.0.2.7", path).to_request()).await;
        assert_eq!(reply.status, status, "{path}");
        assert!(reply.header("ratelimit").is_some(), "{path}");
    }
}

#[actix_web::test]
async fn an_error_of_an_inner_middleware_carries_the_fields_until_it_becomes_a_response() {
    let layer = RecordingStore::default().layer().policy(policy("api", "9/1m"), KeyBy::address());
    let inner =
        from_fn(|_: actix_web::dev::ServiceRequest, _: actix_web::middleware::Next<actix_web::body::BoxBody>| async {
            Err::<actix_web::dev::ServiceResponse, _>(error::ErrorUnauthorized("who?"))
        });
    let app = init_service(App::new().wrap(inner).wrap(layer).default_service(web::to(ok))).await;

    let error = try_call_service(&app, from("192.0.2.7", "/").to_request()).await.err().unwrap();
    let response = error.error_response();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers().get("ratelimit").unwrap(), "\"api\";r=8;t=7");
    assert_eq!(response.headers().get("ratelimit-policy").unwrap(), "\"api\";q=9;w=60");
}
