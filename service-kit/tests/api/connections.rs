//! Bounds on connections, time-outs, and turns of those who pipeline.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use service_kit::server::ConnectionLimits;
use service_kit::testing::eventually;

use crate::service::{Service, start, start_bounded};

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

/// What has arrived so far and since.
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

/// Sends a request and waits for its answer.
async fn ask(mut stream: &TcpStream) {
    stream.write_all(REQUEST).expect("it is taken");
    let mut received = Vec::new();
    let answered = async || {
        read_more(stream, &mut received);
        answers(&received) == 1
    };
    eventually("the answer", BOUND, answered).await;
}

#[actix_web::test]
async fn a_new_connection_displaces_the_one_of_its_address_that_waits_longest() {
    let limits = ConnectionLimits { per_address: Some(3), ..ConnectionLimits::default() };
    let server = start_bounded(limits).server;
    let mut held = Vec::new();
    for _ in 0..3 {
        let stream = connect(server.address());
        ask(&stream).await; // it is counted now, and waits for its client from here on
        held.push(stream);
        actix_web::rt::time::sleep(Duration::from_millis(2)).await; // the order is kept in milliseconds
    }
    let newest = connect(server.address());
    ask(&newest).await;
    eventually("the oldest one is closed", BOUND, async || is_closed(&held[0])).await;
    for stream in &held[1..] {
        ask(stream).await;
    }
    assert!(!is_closed(&newest));
}

#[actix_web::test]
async fn proxies_are_not_bounded_by_address() {
    let proxies = "127.0.0.0/8".parse().expect("a network");
    let server = start_bounded(ConnectionLimits { per_address: Some(1), proxies, servers: 1 }).server;
    let held: Vec<_> = (0..10).map(|_| connect(server.address())).collect();
    for _ in 0..2 {
        for stream in &held {
            ask(stream).await;
        }
    }
}

#[actix_web::test]
async fn others_have_their_turn_between_pipelined_requests() {
    const PIPELINED: usize = 300;
    let server = start().server;
    let mut crowding = connect(server.address());
    crowding.write_all(&REQUEST.repeat(PIPELINED)).expect("it fits");
    let mut received = Vec::new();
    let begun = async || {
        read_more(&crowding, &mut received);
        answers(&received) > 0
    };
    eventually("the first answer", BOUND, begun).await;
    ask(&connect(server.address())).await;
    read_more(&crowding, &mut received);
    assert!(answers(&received) < PIPELINED, "all {PIPELINED} were answered before the one of somebody else");
    let finished = async || {
        read_more(&crowding, &mut received);
        answers(&received) == PIPELINED
    };
    eventually("all answers", BOUND, finished).await;
}

#[actix_web::test]
async fn a_head_that_does_not_come_is_408_on_new_and_kept_connections_and_silence_is_closed() {
    let Service { server, .. } = start();
    let silent = connect(server.address());
    let mut slow = connect(server.address());
    slow.write_all(b"GET /livez HTTP/1.1\r\nhost").expect("it is taken");
    let mut kept = connect(server.address());
    ask(&kept).await;
    kept.write_all(b"GET /livez HTTP/1.1\r\n").expect("it is taken");
    for stream in [&slow, &kept] {
        let mut received = Vec::new();
        let answered = async || {
            read_more(stream, &mut received);
            String::from_utf8_lossy(&received).contains("request.timeout")
        };
        eventually("an answer for the slow head", BOUND, answered).await;
        assert!(received.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&received));
        eventually("the connection is closed", BOUND, async || is_closed(stream)).await;
    }
    eventually("the silent connection is closed", BOUND, async || is_closed(&silent)).await;
}
