//! Queues: requests that wait their turn before the handler sees them.

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

use crate::support::{Ledger, from, ok, policy, send, status};

#[actix_web::test]
async fn a_request_waits_its_turn_before_the_handler_sees_it() {
    let ledger = Ledger::default();
    let layer = ledger.layer().policy(policy("queue", "20/1s burst 3 free 1"), KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;

    for (place, expected) in [(0, 200), (1, 200), (2, 200), (3, 429)] {
        let start = Instant::now();
        assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, expected);
        let least = if expected == 200 { Duration::from_millis(50) * place } else { Duration::ZERO };
        assert!(start.elapsed() >= least, "{place}: {:?}", start.elapsed());
    }
}

#[actix_web::test]
async fn a_shadow_makes_nobody_wait() {
    let shadow = policy("queue", "1/1h burst 3 free 1").mode(Mode::Shadow);
    let layer = Ledger::default().layer().policy(shadow, KeyBy::address());
    let app = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    for _ in 0..4 {
        assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);
    }
}

#[actix_web::test]
async fn who_finds_no_place_to_wait_is_turned_away_and_gets_its_units_back() {
    let ledger = Ledger::default();
    let layer = ledger
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
async fn clones_of_a_layer_share_the_places_and_a_place_is_free_again_when_its_request_is_gone() {
    let ledger = Ledger::default();
    let layer = ledger.layer().policy(policy("queue", "1/1h burst 9 free 1"), KeyBy::address()).max_waiting(1);
    let app = init_service(App::new().wrap(layer.clone()).default_service(web::to(ok))).await;
    let other = init_service(App::new().wrap(layer).default_service(web::to(ok))).await;
    assert_eq!(status(&app, from("192.0.2.7", "/").to_request()).await, 200);

    let mut first = Box::pin(status(&app, from("192.0.2.7", "/").to_request()));
    // The store yields once; then the request waits for an hour.
    while ledger.calls() < 2 {
        assert!(waits(&mut first).await);
    }
    assert!(waits(&mut first).await);
    let refused = status(&other, from("192.0.2.7", "/").to_request());
    assert_eq!(tokio::time::timeout(Duration::from_secs(10), refused).await, Ok(429));

    drop(first);
    let calls = ledger.calls();
    let mut second = Box::pin(status(&other, from("192.0.2.7", "/").to_request()));
    while ledger.calls() == calls {
        assert!(waits(&mut second).await);
    }
    assert!(waits(&mut second).await, "it waits, so it has a place");
}

/// Whether the future is not done yet, after it was asked once.
async fn waits<T>(future: &mut Pin<Box<impl Future<Output = T>>>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}
