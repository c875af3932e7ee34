//! Every response has a request id, and every error is a problem.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use service_kit::testing::eventually;

use service_kit::server::RequestRules;

use crate::service::{Service, start, start_draining, start_late, start_late_at, start_with};

#[actix_web::test]
async fn a_well_formed_request_id_is_returned_and_another_is_replaced() {
    let client = start().client;
    let reply = client.get("/livez").header("x-request-id", "order-42").send().await;
    assert_eq!(reply.header("x-request-id"), "order-42");
    let reply = client.get("/livez").header("x-request-id", "a b").send().await;
    assert_eq!(reply.header("x-request-id").len(), 36);
    let problem = client.get("/nowhere").header("x-request-id", "order-43").send().await;
    assert_eq!(problem.assert_problem(404, "request.no_such_route")["request_id"], "order-43");
}

#[actix_web::test]
async fn a_panic_fails_one_request_and_discloses_nothing() {
    let client = start().client;
    for _ in 0..5 {
        let reply = client.get("/wrong/panic").send().await;
        reply.assert_problem(500, "server.internal");
        assert!(!reply.text().contains("secret"), "{}", reply.text());
    }
    client.get("/livez").send().await.assert_status(200);
}

#[actix_web::test]
async fn an_internal_error_does_not_disclose_its_reason() {
    let reply = start().client.get("/wrong/internal").send().await;
    reply.assert_problem(500, "server.internal");
    assert!(!reply.text().contains("secret"), "{}", reply.text());
}

#[actix_web::test]
async fn a_declared_code_is_returned_and_an_undeclared_one_is_an_internal_error() {
    let client = start().client;
    let problem = client.get("/wrong/declared").send().await.assert_problem(409, "movies.film_conflict");
    assert_eq!(problem["detail"], "reason");
    client.get("/wrong/undeclared").send().await.assert_problem(500, "server.internal");
}

#[actix_web::test]
async fn unavailable_has_retry_after_in_header_and_body() {
    let reply = start().client.get("/wrong/busy").send().await;
    let problem = reply.assert_problem(503, "server.unavailable");
    assert_eq!((reply.header("retry-after"), &problem["retry_after_ms"]), ("2", &1200.into()));
}

#[actix_web::test]
async fn a_wrong_method_gets_the_allowed_ones() {
    let reply = start().client.delete("/livez").send().await;
    reply.assert_problem(405, "request.method_not_allowed");
    assert_eq!(reply.header("allow"), "GET, HEAD");
}

#[actix_web::test]
async fn metrics_allow_get_and_head_only() {
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
async fn options_get_the_allowed_methods_of_each_path() {
    let client = start().client;
    for (path, allow) in [("/livez", "GET, HEAD"), ("/wrong/way", "GET, PUT, HEAD"), ("/guarded/x", "POST")] {
        let reply = client.request(reqwest::Method::OPTIONS, path).send().await;
        reply.assert_problem(405, "request.method_not_allowed");
        assert_eq!(reply.header("allow"), allow, "{path}");
    }
}

#[actix_web::test]
async fn head_has_the_headers_of_get_without_its_body() {
    let client = start().client;
    let whole = client.get("/livez").send().await;
    let head = client.request(reqwest::Method::HEAD, "/livez").send().await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), whole.header("content-length"));
}

#[actix_web::test]
async fn a_204_has_no_body() {
    let reply = start().client.get("/wrong/not-at-all").send().await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (204, 0));
    assert_eq!(reply.header("cache-control"), "private, no-store");
}

#[actix_web::test]
#[expect(clippy::disallowed_methods, reason = "a plain client, as a test sees the service")]
async fn a_stopped_server_does_not_listen() {
    let service = start();
    service.client.get("/readyz").send().await.assert_status(200);
    let base = service.client.base().to_owned();
    service.server.stop().await.expect("a clean stop");
    let closed = async || reqwest::get(format!("{base}/livez")).await.is_err();
    eventually("the port is closed", Duration::from_secs(5), closed).await;
}

#[actix_web::test]
async fn a_server_with_start_delay_refuses_connections_until_ready() {
    let ready = Arc::new(AtomicBool::new(false));
    let Service { server, client } = start_late(Arc::clone(&ready), Duration::from_secs(3600));
    assert!(TcpStream::connect(server.address()).is_err());
    ready.store(true, Ordering::Relaxed);
    let open = async || TcpStream::connect(server.address()).is_ok();
    eventually("it listens", Duration::from_secs(5), open).await;
    client.get("/readyz").send().await.assert_status(200);
    server.stop().await.expect("a clean stop");
}

#[actix_web::test]
async fn a_server_that_is_never_ready_listens_after_the_start_delay_and_can_be_stopped_before() {
    let never = || Arc::new(AtomicBool::new(false));
    let delayed = start_late(never(), Duration::from_millis(1));
    let open = async || TcpStream::connect(delayed.server.address()).is_ok();
    eventually("it listens", Duration::from_secs(5), open).await;
    delayed.client.get("/readyz").send().await.assert_problem(503, "server.unavailable");
    start_late(never(), Duration::from_secs(3600)).server.stop().await.expect("a clean stop");
}

#[actix_web::test]
async fn of_two_servers_bound_to_one_address_the_later_one_ends_with_an_error() {
    let hour = Duration::from_secs(3600);
    let (first, second) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let one = start_late(Arc::clone(&first), hour).server;
    let two = start_late_at(one.address(), Arc::clone(&second), hour).server;
    first.store(true, Ordering::Relaxed);
    let open = async || TcpStream::connect(one.address()).is_ok();
    eventually("the first one listens", Duration::from_secs(5), open).await;
    second.store(true, Ordering::Relaxed);
    two.stop_requested().await.expect("it ends by itself");
    let error = two.stop().await.expect_err("the address is taken");
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse, "{error}");
    one.stop().await.expect("a clean stop");
}

#[actix_web::test]
async fn a_draining_server_still_serves_and_closes_each_connection_with_its_response() {
    let Service { server, client } = start_draining(Duration::from_secs(3600));
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
async fn a_server_that_requires_ids_rejects_requests_without_except_health_and_metrics() {
    let client = start_with(RequestRules { require_request_id: true, ..RequestRules::default() }).client;
    for id in [None, Some("a b"), Some("")] {
        let request = client.get("/wrong/busy");
        let reply = match id {
            Some(id) => request.header("x-request-id", id).send().await,
            None => request.send().await,
        };
        reply.assert_problem(400, "request.id_missing");
        assert_eq!(reply.header("x-request-id").len(), 36, "the response still has an id");
    }
    client.get("/wrong/at-all").header("x-request-id", "order-44").send().await.assert_status(204);
    for path in ["/livez", "/readyz", "/metrics"] {
        assert!(client.get(path).send().await.status.is_success(), "{path}");
    }
}

#[actix_web::test]
async fn the_id_is_on_errors_panics_and_unknown_paths() {
    let client = start().client;
    for (path, status) in [("/wrong/internal", 500), ("/wrong/panic", 500), ("/wrong/busy", 503), ("/nowhere", 404)] {
        let reply = client.get(path).header("x-request-id", "order-45").send().await;
        assert_eq!((reply.status.as_u16(), reply.header("x-request-id")), (status, "order-45"), "{path}");
        assert_eq!(reply.json()["request_id"], "order-45", "{path}");
    }
}

#[actix_web::test]
async fn every_response_of_a_deprecated_endpoint_announces_its_end() {
    let client = start().client;
    let path = "/guarded/01a203aa-1193-7069-9322-ad531c73e5ce";
    let request = || client.post(path).json(&json!({"name": "Ann"}));
    for (reply, status) in [(request().bearer("x").send().await, 204), (request().send().await, 401)] {
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("deprecation"), "@1798761600");
        assert_eq!(reply.header("sunset"), "Fri, 31 Dec 2027 23:59:59 GMT");
    }
    let other = client.get("/read").send().await;
    assert_eq!((other.header("deprecation"), other.header("sunset")), ("", ""));
}
