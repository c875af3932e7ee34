//! Queues: requests that are delayed before they reach the handler.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::{Duration, Instant},
};

use actix_web::{App, test::init_service, web};
use limiter_lib::{
    Mode,
    actix::{KeyBy, Reason},
};

use crate::support::{RecordingStore, from, ok, policy, send, status};

#[actix_web::test]
async fn a_request_is_delayed_before_it_reaches_the_handler() {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("queue", "20/1s burst 3 free 1"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    for (position, expected) in [(0, 200), (1, 200), (2, 200), (3, 429)] {
        let start = Instant::now();
        assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, expected);
        let least = if expected == 200 { Duration::from_millis(50) * position } else { Duration::ZERO };
        assert!(start.elapsed() >= least, "{position}: {:?}", start.elapsed());
    }
}

#[actix_web::test]
async fn a_shadow_delays_no_request() {
    let shadow = policy("queue", "1/1h burst 3 free 1").mode(Mode::Shadow);
    let layer = RecordingStore::default().layer().policy(shadow, KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    for _ in 0..4 {
        assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);
    }
}

#[actix_web::test]
async fn a_request_without_a_queue_slot_is_refused_and_refunded() {
    let store = RecordingStore::default();
    let layer = store
        .layer()
        .policy(policy("api", "9/1h"), KeyBy::address())
        .policy(policy("queue", "1/1h burst 3 free 1"), KeyBy::address())
        .max_waiting(0)
        .refuse(|refusal| {
            assert_eq!(refusal.reason, Reason::TooManyWaiting);
            refusal.problem()
        });
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);

    for _ in 0..3 {
        let reply = send(&app, from("192.0.2.7", "/").to_request()).await;
        assert_eq!((reply.status, reply.header("retry-after")), (429, Some("3600")));
        assert_eq!(reply.json()["violated-policies"], serde_json::json!(["queue"]));
        assert_eq!(reply.header("ratelimit"), Some("\"api\";r=8;t=400, \"queue\";r=2;t=3600"));
    }
}

#[actix_web::test]
async fn clones_of_a_layer_share_the_queue_slots_and_a_dropped_request_frees_its_slot() {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("queue", "1/1h burst 9 free 1"), KeyBy::address()).max_waiting(1);
    let app = init_service(App::new().wrap(layer.clone()).default_service(web::to(ok))).await;
    let other = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);

    let mut first = Box::pin(status(&app, from("192.0.2.7", "/").to_request()));
    // The store yields once; then the request waits for an hour.
    while store.calls() < 2 {
        assert!(is_waiting(&mut first).await);
    }
    assert!(is_waiting(&mut first).await);
    let refused = status(&other, from("192.0.2.7", "/").to_request());
    assert_eq!(tokio::time::timeout(Duration::from_secs(10), refused).await, Ok(429));

    drop(first);
    let calls = store.calls();
    let mut second = Box::pin(status(&other, from("192.0.2.7", "/").to_request()));
    while store.calls() == calls {
        assert!(is_waiting(&mut second).await);
    }
    assert!(is_waiting(&mut second).await, "it waits, so it has a slot");
}

/// Polls the future once; `true` while it is pending.
async fn is_waiting<T>(future: &mut Pin<Box<impl Future<Output = T>>>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}
