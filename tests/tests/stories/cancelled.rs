//! A client that disconnects during a slow call.

use std::time::Duration;

use service_kit::testing::eventually;
use service_kit::{Clock, SystemClock};
use tests::collector::{Collector, Received};
use tests::services::Service;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const BOUND: Duration = Duration::from_secs(60);
const TRACE: &str = "9bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_span_of_a_request_lasts_until_its_client_disconnects() {
    let folder = tempfile::tempdir().expect("a folder");
    let collector = Collector::start();
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let movies = Service::start(
        "movies-api",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url().to_owned()),
            ("OTEL_BSP_SCHEDULE_DELAY", "50".to_owned()),
            ("MOVIES_DATA_DIR", folder.path().display().to_string()),
            ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
            ("MOVIES_AUTH_URL", format!("http://{}", silent.local_addr().expect("an address"))),
            ("MOVIES_AUTH_TIMEOUT", "5s".to_owned()),
        ],
    );
    movies.ready().await;
    let mut client = TcpStream::connect(&movies.address).await.expect("a connection");
    let request = format!(
        "GET /api/v1/films HTTP/1.1\r\nHost: movies\r\nAuthorization: Bearer a.b.c\r\nX-Request-Id: order-42\r\n\
        traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\n\r\n"
    );
    client.write_all(request.as_bytes()).await.expect("the request is sent");
    let _unanswered = timeout(BOUND, calls_until(&silent, "order-42")).await.expect("the token is checked");

    let disconnected = SystemClock.now().timestamp_nanos_opt().expect("before 2262").cast_unsigned();
    drop(client);
    let served = || collector.trace(TRACE).into_iter().find(|span| span.kind == "server");
    eventually("the span is exported", BOUND, async || served().is_some()).await;
    let Received { time: (start, end), attributes, .. } = served().expect("exported");
    assert_eq!(attributes["request.id"], "order-42");
    assert!(start < disconnected && disconnected <= end, "{start} < {disconnected} <= {end}");
}

/// Accepts calls and answers none, up to the first one of this request. The service also probes by itself.
async fn calls_until(listener: &TcpListener, request_id: &str) -> Vec<TcpStream> {
    let mut calls = Vec::new();
    loop {
        let (mut call, _) = listener.accept().await.expect("a connection");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(call.read_u8().await.expect("a complete head"));
        }
        calls.push(call);
        if String::from_utf8_lossy(&head).contains(request_id) {
            return calls;
        }
    }
}
