//! Bounds on connections, timeouts, and fairness under pipelining.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::Ordering;
use std::time::Duration;

use service_kit::server::ConnectionLimits;
use service_kit::testing::eventually;

use crate::service::{HANGING, Service, start, start_bounded};

const BOUND: Duration = Duration::from_secs(60);
const REQUEST: &[u8] = b"GET /wrong/not-at-all HTTP/1.1\r\nhost: a\r\n\r\n";

fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).expect("it listens");
    stream.set_nonblocking(true).expect("a socket");
    stream
}

/// `true` when the server has closed the connection.
fn is_closed(mut stream: &TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// Appends what has arrived since.
fn read_more(mut stream: &TcpStream, received: &mut Vec<u8>) {
    let mut part = [0; 4096];
    while let Ok(count) = stream.read(&mut part) {
        if count == 0 {
            return;
        }
        received.extend_from_slice(&part[..count]);
    }
}

fn answers(received: &[u8]) -> usize {
    received.windows(9).filter(|nine| nine == b"HTTP/1.1 ").count()
}

/// Sends a request and waits for its response.
async fn request(mut stream: &TcpStream) {
    stream.write_all(REQUEST).expect("it is taken");
    let mut received = Vec::new();
    let answered = async || {
        read_more(stream, &mut received);
        answers(&received) == 1
    };
    eventually("the answer", BOUND, answered).await;
}

#[actix_web::test]
async fn a_new_connection_evicts_the_longest_waiting_one_of_its_address() {
    let limits = ConnectionLimits { per_address: Some(3), ..ConnectionLimits::default() };
    let server = start_bounded(limits).server;
    let mut open = Vec::new();
    for _ in 0..3 {
        let stream = connect(server.address());
        request(&stream).await; // it is counted now, and waits for its client from here on
        open.push(stream);
        actix_web::rt::time::sleep(Duration::from_millis(2)).await; // the order is kept in milliseconds
    }
    let newest = connect(server.address());
    request(&newest).await;
    eventually("the oldest one is closed", BOUND, async || is_closed(&open[0])).await;
    for stream in &open[1..] {
        request(stream).await;
    }
    assert!(!is_closed(&newest));
}

#[actix_web::test]
async fn a_connection_too_many_is_rejected_while_the_others_have_a_request_in_progress() {
    let server = start_bounded(ConnectionLimits { per_address: Some(1), ..ConnectionLimits::default() }).server;
    let mut busy = connect(server.address());
    busy.write_all(b"GET /wrong/hang HTTP/1.1\r\nhost: a\r\n\r\n").expect("it is taken");
    eventually("the request is in progress", BOUND, async || HANGING.load(Ordering::Relaxed)).await;
    let mut newest = connect(server.address());
    newest.write_all(REQUEST).expect("it is taken");
    let mut received = Vec::new();
    let rejected = async || {
        read_more(&newest, &mut received);
        received.ends_with(b"}")
    };
    eventually("the rejection", BOUND, rejected).await;
    let text = String::from_utf8_lossy(&received);
    assert!(text.starts_with("HTTP/1.1 429 ") && text.contains("retry-after: 1\r\n"), "{text}");
    assert!(text.contains("\"request.too_many_connections\""), "{text}");
    note_problem_in(429, &received);
    assert!(!is_closed(&busy));
}

/// Notes the problem in a whole response.
fn note_problem_in(status: u16, response: &[u8]) {
    let body = response.windows(4).position(|four| four == b"\r\n\r\n").expect("a body") + 4;
    service_kit::testing::note_problem(status, &response[body..]);
}

#[actix_web::test]
async fn proxies_are_not_bounded_by_address() {
    let proxies = "127.0.0.0/8".parse().expect("a network");
    let server = start_bounded(ConnectionLimits { per_address: Some(1), proxies, servers: 1 }).server;
    let open: Vec<_> = (0..10).map(|_| connect(server.address())).collect();
    for _ in 0..2 {
        for stream in &open {
            request(stream).await;
        }
    }
}

#[actix_web::test]
async fn other_connections_are_served_between_pipelined_requests() {
    const PIPELINED: usize = 300;
    let server = start().server;
    let mut pipelining = connect(server.address());
    pipelining.write_all(&REQUEST.repeat(PIPELINED)).expect("it fits");
    let mut received = Vec::new();
    let started = async || {
        read_more(&pipelining, &mut received);
        answers(&received) > 0
    };
    eventually("the first answer", BOUND, started).await;
    request(&connect(server.address())).await;
    read_more(&pipelining, &mut received);
    assert!(answers(&received) < PIPELINED, "all {PIPELINED} were answered before that of another connection");
    let finished = async || {
        read_more(&pipelining, &mut received);
        answers(&received) == PIPELINED
    };
    eventually("all answers", BOUND, finished).await;
}

#[actix_web::test]
async fn an_incomplete_head_is_408_on_new_and_kept_connections_and_silent_ones_are_closed() {
    let Service { server, .. } = start();
    let silent = connect(server.address());
    let mut slow = connect(server.address());
    slow.write_all(b"GET /livez HTTP/1.1\r\nhost").expect("it is taken");
    let mut kept = connect(server.address());
    request(&kept).await;
    kept.write_all(b"GET /livez HTTP/1.1\r\n").expect("it is taken");
    for stream in [&slow, &kept] {
        let mut received = Vec::new();
        let answered = async || {
            read_more(stream, &mut received);
            String::from_utf8_lossy(&received).contains("request.timeout")
        };
        eventually("an answer for the slow head", BOUND, answered).await;
        assert!(received.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&received));
        note_problem_in(408, &received);
        eventually("the connection is closed", BOUND, async || is_closed(stream)).await;
    }
    eventually("the silent connection is closed", BOUND, async || is_closed(&silent)).await;
}
