//! Malformed bodies on a route that checks the token before it reads them.

use std::time::Duration;

use service_kit::testing::{TestReply, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::TestApp;

/// The response to `POST /api/v1/films` by an editor with this body, sent in two pieces: the second during the token
/// check. The connection must end with the response.
pub async fn create_by_chunks(app: &TestApp, first: &str, second: &str) -> TestReply {
    let address = app.base().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head = format!(
        "POST /api/v1/films HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n",
        app.editor()
    );
    let recorded_calls = app.auth.recorded_calls().len();
    stream.write_all(format!("{head}{first}").as_bytes()).await.expect("the head is taken");
    eventually("the token check begins", Duration::from_secs(60), async || {
        app.auth.recorded_calls().len() > recorded_calls
    })
    .await;
    stream.write_all(second.as_bytes()).await.expect("the body is taken");
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.expect("the connection ends in order");
    let reply = read_reply(&received);
    assert_eq!(reply.contract_complaint("POST", "/api/v1/films"), None);
    reply
}

fn read_reply(received: &[u8]) -> TestReply {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n").expect("there is an answer");
    let head = std::str::from_utf8(&received[..end]).expect("a head is text");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers =
        headers.map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect();
    TestReply { status, headers, body: received[end + 4..].to_vec() }
}

#[tokio::test]
async fn a_broken_chunk_that_comes_while_the_token_is_checked_is_answered() {
    let app = TestApp::start().await;
    app.auth.slow_down(Duration::from_millis(300));
    let pieces = [
        ("", "xyz\r\n"),
        ("xyz\r\n", ""),
        ("5\r\n{\"tit", "XX\r\n0\r\n\r\n"),
        ("5\r\n{\"tit", "\r\n-5\r\n"),
        ("5;a=b", "\u{1}\r\n"),
        ("5", "\n{\"tit"),
        ("0\r\n", "x: y\nz\r\n\r\rx"),
    ];
    for (first, second) in pieces {
        let reply = create_by_chunks(&app, first, second).await;
        reply.assert_problem(400, "request.malformed");
        assert_eq!(reply.header("connection"), "close", "{first:?} {second:?}");
    }
}
