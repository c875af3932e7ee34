//! Whatever happens, an answer leaves with a request id, and every error as a problem.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use service_kit::testing::eventually;

use service_kit::request_middleware::RequestRules;

use crate::service::{Service, start, start_late, start_late_at, start_leaving, start_with};

#[actix_web::test]
async fn a_good_request_id_comes_back_and_a_bad_one_is_replaced() {
    let client = start().client;
    let reply = client.get("/livez").header("x-request-id", "order-42").send().await;
    assert_eq!(reply.header("x-request-id"), "order-42");
    let reply = client.get("/livez").header("x-request-id", "a b").send().await;
    assert_eq!(reply.header("x-request-id").len(), 36);
    let problem = client.get("/nowhere").header("x-request-id", "order-43").send().await;
    assert_eq!(problem.assert_problem(404, "request.no_such_route")["request_id"], "order-43");
}

#[actix_web::test]
async fn a_panic_takes_one_request_and_tells_nothing() {
    let client = start().client;
    for _ in 0..5 {
        let reply = client.get("/wrong/panic").send().await;
        reply.assert_problem(500, "server.internal");
        assert!(!reply.text().contains("secret"), "{}", reply.text());
    }
    client.get("/livez").send().await.assert_status(200);
}

#[actix_web::test]
async fn an_internal_error_keeps_its_reason_to_itself() {
    let reply = start().client.get("/wrong/internal").send().await;
    reply.assert_problem(500, "server.internal");
    assert!(!reply.text().contains("secret"), "{}", reply.text());
}

#[actix_web::test]
async fn a_declared_code_is_answered_and_an_undeclared_one_is_our_fault() {
    let client = start().client;
    let problem = client.get("/wrong/declared").send().await.assert_problem(409, "movies.film_conflict");
    assert_eq!(problem["detail"], "said");
    client.get("/wrong/undeclared").send().await.assert_problem(500, "server.internal");
}

#[actix_web::test]
async fn a_busy_part_says_when_to_come_back() {
    let reply = start().client.get("/wrong/busy").send().await;
    let problem = reply.assert_problem(503, "server.unavailable");
    assert_eq!((reply.header("retry-after"), &problem["retry_after_ms"]), ("2", &1200.into()));
}

#[actix_web::test]
async fn a_wrong_verb_is_told_the_right_ones() {
    let reply = start().client.delete("/livez").send().await;
    reply.assert_problem(405, "request.method_not_allowed");
    assert_eq!(reply.header("allow"), "GET, HEAD");
}

#[actix_web::test]
async fn metrics_take_the_verbs_of_what_can_be_read() {
    let client = start().client;
    let head = client.request(reqwest::Method::HEAD, "/metrics").send().await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    for verb in [reqwest::Method::OPTIONS, reqwest::Method::POST, reqwest::Method::DELETE] {
        let reply = client.request(verb, "/metrics").send().await;
        reply.assert_problem(405, "request.method_not_allowed");
        assert_eq!(reply.header("allow"), "GET, HEAD");
    }
}

#[actix_web::test]
async fn options_name_the_verbs_of_each_path() {
    let client = start().client;
    for (path, allow) in [("/livez", "GET, HEAD"), ("/wrong/way", "GET, PUT, HEAD"), ("/guarded/x", "POST")] {
        let reply = client.request(reqwest::Method::OPTIONS, path).send().await;
        reply.assert_problem(405, "request.method_not_allowed");
        assert_eq!(reply.header("allow"), allow, "{path}");
    }
}

#[actix_web::test]
async fn the_head_of_what_can_be_read_comes_without_its_body() {
    let client = start().client;
    let whole = client.get("/livez").send().await;
    let head = client.request(reqwest::Method::HEAD, "/livez").send().await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), whole.header("content-length"));
}

#[actix_web::test]
async fn a_success_without_content_has_none() {
    let reply = start().client.get("/wrong/not-at-all").send().await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (204, 0));
    assert_eq!(reply.header("cache-control"), "private, no-store");
}

#[actix_web::test]
async fn a_server_that_drains_is_not_ready_and_then_gone() {
    let service = start();
    service.client.get("/readyz").send().await.assert_status(200);
    let base = service.client.base().to_owned();
    service.server.stop().await.expect("a clean stop");
    let gone = async || reqwest::get(format!("{base}/livez")).await.is_err();
    eventually("nobody listens any more", Duration::from_secs(5), gone).await;
}

#[actix_web::test]
async fn a_server_that_waits_for_being_ready_refuses_connections_until_then() {
    let there = Arc::new(AtomicBool::new(false));
    let Service { server, client } = start_late(Arc::clone(&there), Duration::from_secs(3600));
    assert!(TcpStream::connect(server.address()).is_err());
    there.store(true, Ordering::Relaxed);
    let open = async || TcpStream::connect(server.address()).is_ok();
    eventually("it listens", Duration::from_secs(5), open).await;
    client.get("/readyz").send().await.assert_status(200);
    server.stop().await.expect("a clean stop");
}

#[actix_web::test]
async fn a_server_that_never_gets_ready_listens_in_the_end_and_can_be_stopped_before() {
    let never = || Arc::new(AtomicBool::new(false));
    let impatient = start_late(never(), Duration::from_millis(1));
    let open = async || TcpStream::connect(impatient.server.address()).is_ok();
    eventually("it listens", Duration::from_secs(5), open).await;
    impatient.client.get("/readyz").send().await.assert_problem(503, "server.unavailable");
    start_late(never(), Duration::from_secs(3600)).server.stop().await.expect("a clean stop");
}

#[actix_web::test]
async fn of_two_servers_that_wait_at_one_address_the_later_one_ends_and_says_why() {
    let hour = Duration::from_secs(3600);
    let (first, second) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let one = start_late(Arc::clone(&first), hour).server;
    let two = start_late_at(one.address(), Arc::clone(&second), hour).server;
    first.store(true, Ordering::Relaxed);
    let open = async || TcpStream::connect(one.address()).is_ok();
    eventually("the first one listens", Duration::from_secs(5), open).await;
    second.store(true, Ordering::Relaxed);
    two.stop_requested().await.expect("it need not be asked to");
    let error = two.stop().await.expect_err("the address is taken");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse, "{error}");
    one.stop().await.expect("a clean stop");
}

#[actix_web::test]
async fn a_server_that_drains_serves_on_and_ends_each_connection_with_its_answer() {
    let Service { server, client } = start_leaving(Duration::from_secs(3600));
    assert_eq!(client.get("/wrong/not-at-all").send().await.header("connection"), "");
    let stop = actix_web::rt::spawn(server.stop());
    let draining = async || client.get("/readyz").send().await.status == 503;
    eventually("it drains", Duration::from_secs(5), draining).await;
    client.get("/readyz").send().await.assert_problem(503, "server.shutting_down");
    for (path, status) in [("/wrong/not-at-all", 204), ("/wrong/declared", 409), ("/nowhere", 404), ("/livez", 200)] {
        let reply = client.get(path).send().await;
        assert_eq!((reply.status.as_u16(), reply.header("connection")), (status, "close"), "{path}");
    }
    stop.abort();
}

#[actix_web::test]
async fn a_server_that_demands_ids_turns_away_what_has_none_and_still_tells_its_health() {
    let client = start_with(RequestRules { require_request_id: true, ..RequestRules::default() }).client;
    for id in [None, Some("a b"), Some("")] {
        let request = client.get("/wrong/busy");
        let reply = match id {
            Some(id) => request.header("x-request-id", id).send().await,
            None => request.send().await,
        };
        reply.assert_problem(400, "request.id_missing");
        assert_eq!(reply.header("x-request-id").len(), 36, "an answer has an id even so");
    }
    client.get("/wrong/at-all").header("x-request-id", "order-44").send().await.assert_status(204);
    for path in ["/livez", "/readyz", "/metrics"] {
        assert!(client.get(path).send().await.status.is_success(), "{path}");
    }
}

#[actix_web::test]
async fn the_id_is_on_errors_panics_and_what_was_never_read() {
    let client = start().client;
    for (path, status) in [("/wrong/internal", 500), ("/wrong/panic", 500), ("/wrong/busy", 503), ("/nowhere", 404)] {
        let reply = client.get(path).header("x-request-id", "order-45").send().await;
        assert_eq!((reply.status.as_u16(), reply.header("x-request-id")), (status, "order-45"), "{path}");
        assert_eq!(reply.json()["request_id"], "order-45", "{path}");
    }
}
