//! Requests as bytes on a socket, which no HTTP client would send. Each gets a problem document with an id, and the
//! server continues.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::service::{Service, start};

const BOUND: Duration = Duration::from_secs(60);

/// One response.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

/// Everything that the server sends after `bytes` and the end of the client's stream.
fn exchange(server: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).expect("it listens");
    stream.set_read_timeout(Some(BOUND)).expect("a bound");
    // A server that has responded may close before all is written.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut received = Vec::new();
    stream.read_to_end(&mut received).expect("the server closes the connection in order");
    received
}

/// The responses in `received`, by their Content-Length.
fn answers(mut received: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = String::from_utf8(received[..end].to_vec()).expect("heads are text");
        received = &received[end + 4..];
        let status: u16 = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        if status == 100 {
            continue;
        }
        let length = header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let (body, rest) = received.split_at_checked(length).expect("the whole body");
        (answers, received) = (push(answers, Answer { status, head, body: body.to_vec() }), rest);
    }
    assert!(received.is_empty(), "{:?}", String::from_utf8_lossy(received));
    answers
}

fn push(mut answers: Vec<Answer>, answer: Answer) -> Vec<Answer> {
    answers.push(answer);
    answers
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
}

/// Asserts that the only response is this problem, complete, and returns its detail.
fn assert_problem(name: &str, answers: &[Answer], status: u16, code: &str) -> String {
    let [answer] = answers else { panic!("{name}: {} answers instead of one: {answers:?}", answers.len()) };
    let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{name}: no JSON: {answer:?}"));
    service_kit::testing::note_problem(answer.status, &answer.body);
    assert_eq!((answer.status, problem["code"].as_str()), (status, Some(code)), "{name}: {problem}");
    assert_eq!(header(&answer.head, "content-type"), Some("application/problem+json"), "{name}");
    assert_eq!(header(&answer.head, "x-request-id"), problem["request_id"].as_str(), "{name}");
    assert!(problem["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{name}: {problem}");
    problem["detail"].as_str().unwrap_or_default().to_owned()
}

/// Rejected heads, with the code and a part of the hint.
fn rejected() -> Vec<(String, Vec<u8>, u16, &'static str, &'static str)> {
    const BAD: &str = "request.malformed";
    const LARGE: &str = "request.headers_too_large";
    let lines = [
        ("\0\0\0\0\r\n\r\n", "without TLS"),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}", "without TLS"),
        ("\u{4}\u{1}\0\u{50}", "without TLS"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"),
        ("SSH-2.0-OpenSSH_9.9\r\n", "first line"),
        ("EHLO example.org\r\n\r\n", ""),
        ("GET /livez\r\n\r\n", "first line"),
        ("GET\r\n\r\n", "first line"),
        ("GET /livez HTTP/0.9\r\n\r\n", "HTTP/1.1"),
        ("GET /livez HTTP/1.2\r\nhost: a\r\n\r\n", "HTTP/1.1"),
        ("GET /livez HTTP/3\r\nhost: a\r\n\r\n", "HTTP/1.1"),
        ("GET /livez http/1.1\r\nhost: a\r\n\r\n", "HTTP/1.1"),
        ("GET  /livez HTTP/1.1\r\nhost: a\r\n\r\n", "first line"),
        (" GET /livez HTTP/1.1\r\nhost: a\r\n\r\n", ""),
        ("GET\t/livez\tHTTP/1.1\r\nhost: a\r\n\r\n", "first line"),
        ("G<T /livez HTTP/1.1\r\nhost: a\r\n\r\n", "first line"),
        ("GËT /livez HTTP/1.1\r\nhost: a\r\n\r\n", "first line"),
        ("{\"method\": \"GET\"}\r\n\r\n", "first line"),
        ("GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", "percent-encode"),
        ("GET /a?q=the matrix&x=ы HTTP/1.1\r\nhost: a\r\n\r\n", "percent-encode"),
        ("GET http:// HTTP/1.1\r\nhost: a\r\n\r\n", "percent-encode"),
        ("GET /a\0b HTTP/1.1\r\nhost: a\r\n\r\n", "first line"),
        ("GET /a\u{7f}b HTTP/1.1\r\nhost: a\r\n\r\n", ""),
        ("GET /livez HTTP/1.1\r\n\r\n", "requires a Host"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "one Host"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nHOST: a\r\n\r\n", "one Host"),
        ("GET /livez HTTP/1.1\r\nhost: a b\r\n\r\n", "`host:port`"),
        ("GET /livez HTTP/1.1\r\nhost: a/b\r\n\r\n", "`host:port`"),
        ("GET /livez HTTP/1.1\r\nhost: u@a\r\n\r\n", "`host:port`"),
        ("GET /livez HTTP/1.1\r\nhost: ы\r\n\r\n", "`host:port`"),
        ("GET /livez HTTP/1.1\r\nhost : a\r\n\r\n", "header field"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nno colon\r\n\r\n", "header field"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\n: nameless\r\n\r\n", "header field"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nx: a\r\n folded\r\n\r\n", "header field"),
        ("GET /livez HTTP/1.1\r\n host: a\r\n\r\n", "header field"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n", "header field"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nx: a\rb\r\n\r\n", "header field"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nx\u{e9}: a\r\n\r\n", "header field"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nx(y): a\r\n\r\n", "header field"),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc",
            "exclude each other",
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "exclude each other",
        ),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd", "Content-Length"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\nabc", "Content-Length"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n", "Content-Length"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +3\r\n\r\nabc", "Content-Length"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3, 3\r\n\r\nabc", "Content-Length"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: abc\r\n\r\n", "Content-Length"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999\r\n\r\n", "Content-Length"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length:\r\n\r\n", "Content-Length"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0x3\r\n\r\nabc", "Content-Length"),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\nabc", "chunked"),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: identity\r\n\r\nabc", "chunked"),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "chunked"),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "chunked",
        ),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n", "chunked"),
        ("POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "chunked"),
        ("POST / HTTP/1.0\r\n\r\n", "requires Content-Length"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\n", "ended within"),
        ("GET /livez HTTP/1.1", "ended within"),
        ("G", "ended within"),
        ("\r\n\r\n\r\n", "ended within"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3", "ended within"),
    ];
    let mut all: Vec<_> =
        lines.iter().map(|(text, hint)| (format!("{text:?}"), text.as_bytes().to_vec(), 400, BAD, *hint)).collect();
    let mut add =
        |name: &str, bytes: Vec<u8>, status, code, hint| all.push((name.to_owned(), bytes, status, code, hint));
    let line = |target: &str| format!("GET {target} HTTP/1.1\r\nhost: a\r\n\r\n").into_bytes();
    let fields = |fields: &str| format!("GET /livez HTTP/1.1\r\nhost: a\r\n{fields}\r\n").into_bytes();
    let long = "request.uri_too_long";
    add("a target of 33 KB", line(&format!("/{}", "a".repeat(33_000))), 414, long, "32768");
    add("a target of 70 KB", line(&format!("/{}", "a".repeat(70_000))), 414, long, "32768");
    add("a query of 70 KB", line(&format!("/?q={}", "a".repeat(70_000))), 414, long, "32768");
    add("raw UTF-8 of 36 KB when encoded", line(&format!("/?q={}", "ы".repeat(6_000))), 414, long, "32768");
    add("a line without an end", vec![b'a'; 200_000], 414, long, "32768");
    add("200 fields", fields(&"x-a: b\r\n".repeat(200)), 431, LARGE, "96");
    add("97 fields", fields(&"x-a: b\r\n".repeat(96)), 431, LARGE, "96");
    add("a field of 70 KB", fields(&format!("x-a: {}\r\n", "b".repeat(70_000))), 431, LARGE, "65536");
    add("a field name of 70 KB", fields(&format!("{}: b\r\n", "x".repeat(70_000))), 431, LARGE, "65536");
    add("a field of 1 MB", fields(&format!("x-a: {}\r\n", "b".repeat(1_000_000))), 431, LARGE, "65536");
    add("cookies of 80 KB", fields(&format!("cookie: {}\r\n", "a=b; ".repeat(16_000))), 431, LARGE, "65536");
    add("two fields of 40 KB", fields(&format!("x: {0}\r\ny: {0}\r\n", "b".repeat(40_000))), 431, LARGE, "65536");
    add("a SOCKS greeting", vec![5, 1, 0], 400, BAD, "without TLS");
    add("bytes of no text", vec![0xff; 64], 400, BAD, "without TLS");
    all
}

#[actix_web::test]
async fn every_head_that_cannot_be_read_is_answered_by_a_problem_with_a_hint() {
    let Service { server, client } = start();
    let address = server.address();
    let all = rejected();
    for (name, bytes, status, code, hint) in &all {
        let bytes = bytes.clone();
        let received = actix_web::web::block(move || exchange(address, &bytes)).await.expect("no panic");
        let answers = answers(&received);
        let detail = assert_problem(name, &answers, *status, code);
        assert!(!detail.is_empty() && detail.contains(hint), "{name}: {detail}");
        assert_eq!(header(&answers[0].head, "connection"), Some("close"), "{name}");
    }
    let metrics = client.get("/metrics").send().await.text();
    let counted = metrics.lines().filter(|line| line.starts_with("http_server_rejections_total{"));
    let counted: u64 =
        counted.map(|line| line.rsplit(' ').next().expect("a value").parse::<u64>().expect("a number")).sum();
    assert!(counted >= all.len() as u64, "{counted} of {}:\n{metrics}", all.len());
}

/// Unusual but valid heads, with the status they get.
fn unusual() -> Vec<(&'static str, u16)> {
    vec![
        ("GET /wrong/not-at-all HTTP/1.1\r\nhost: a\r\n\r\n", 204),
        ("\r\n\r\nGET /livez HTTP/1.1\r\nhost: a\r\n\r\n", 200),
        ("GET /livez HTTP/1.1\nhost: a\n\n", 200),
        ("GET /livez HTTP/1.0\r\n\r\n", 200),
        ("GET /livez HTTP/1.1\r\nhost:\r\n\r\n", 200),
        ("GET /livez HTTP/1.1\r\nhost: [::1]:80\r\n\r\n", 200),
        ("GET /livez HTTP/1.1\r\nhost: auth_service:8001\r\n\r\n", 200),
        ("GET http://elsewhere.example/livez HTTP/1.1\r\nhost: a\r\n\r\n", 200),
        ("GET /read?q=таксист HTTP/1.1\r\nhost: a\r\n\r\n", 200),
        ("GET /read?q=<\"`>|^{}[] HTTP/1.1\r\nhost: a\r\n\r\n", 200),
        ("GET /read?q=%zz HTTP/1.1\r\nhost: a\r\n\r\n", 200),
        ("GET /wrong/таксист HTTP/1.1\r\nhost: a\r\n\r\n", 204),
        ("GET /таксист HTTP/1.1\r\nhost: a\r\n\r\n", 404),
        ("GET livez HTTP/1.1\r\nhost: a\r\n\r\n", 404),
        ("GET //livez HTTP/1.1\r\nhost: a\r\n\r\n", 404),
        ("GET /../livez HTTP/1.1\r\nhost: a\r\n\r\n", 404),
        ("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", 404),
        ("CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n", 404),
        ("TRACE /livez HTTP/1.1\r\nhost: a\r\n\r\n", 405),
        ("BREW /livez HTTP/1.1\r\nhost: a\r\n\r\n", 405),
        ("REJECTED / HTTP/1.1\r\nhost: a\r\n\r\n", 404),
        ("get /livez HTTP/1.1\r\nhost: a\r\n\r\n", 405),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n", 200),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n", 200),
        ("GET /livez HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc", 200),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nx: \u{e9}\r\n\r\n", 200),
        ("POST /livez HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 0\r\n\r\n", 405),
        ("POST /echo/not-a-uuid HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ]
}

#[actix_web::test]
async fn unusual_but_valid_requests_are_served() {
    let Service { server, .. } = start();
    let address = server.address();
    for (request, status) in unusual() {
        let received = actix_web::web::block(move || exchange(address, request.as_bytes())).await.expect("no panic");
        let answers = answers(&received);
        let [answer] = answers.as_slice() else { panic!("{request:?}: {answers:?}") };
        assert_eq!(answer.status, status, "{request:?}: {answer:?}");
        assert!(header(&answer.head, "x-request-id").is_some(), "{request:?}: {answer:?}");
    }
}

#[actix_web::test]
async fn a_body_that_breaks_off_or_is_no_body_gets_one_answer() {
    const ECHO: &str =
        "POST /echo/00000000-0000-0000-0000-000000000000 HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    let Service { server, .. } = start();
    let address = server.address();
    let bodies = [
        ("content-length: 30\r\n\r\n{\"name\"", true),
        ("transfer-encoding: chunked\r\n\r\nxyz\r\n", false),
        ("transfer-encoding: chunked\r\n\r\n5\r\n{\"nam", true),
        ("transfer-encoding: chunked\r\n\r\n5\r\n{\"namXX\r\n0\r\n\r\n", false),
        ("transfer-encoding: chunked\r\n\r\n-5\r\n{\"nam\r\n0\r\n\r\n", false),
        ("transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{\"nam", false),
        ("transfer-encoding: chunked\r\n\r\n1\nA", false),
    ];
    for (body, is_incomplete) in bodies {
        let request = format!("{ECHO}{body}");
        let received = actix_web::web::block(move || exchange(address, request.as_bytes())).await.expect("no panic");
        let answers = answers(&received);
        assert_problem(body, &answers, 400, "request.malformed");
        let says_close = header(&answers[0].head, "connection") == Some("close");
        assert!(says_close || is_incomplete, "{body}: {answers:?}");
    }
    let request =
        format!("{ECHO}transfer-encoding: chunked\r\n\r\n7;x=y\r\n{{\"name\"\r\n6\r\n:\"ab\"}}\r\n0\r\nx: y\r\n\r\n");
    let received = actix_web::web::block(move || exchange(address, request.as_bytes())).await.expect("no panic");
    assert_eq!(answers(&received)[0].status, 200, "{}", String::from_utf8_lossy(&received));
}

#[actix_web::test]
async fn pipelined_requests_are_answered_in_order_up_to_the_one_that_cannot_be_read() {
    let Service { server, .. } = start();
    let address = server.address();
    let mut bytes = b"GET /wrong/not-at-all HTTP/1.1\r\nhost: a\r\n\r\n".repeat(100);
    bytes.extend_from_slice(
        b"POST /livez HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
    bytes.extend_from_slice(b"GET /bad HTTP/1.1\r\n\r\nGET /livez HTTP/1.1\r\nhost: a\r\n\r\n");
    let received = actix_web::web::block(move || exchange(address, &bytes)).await.expect("no panic");
    let answers = answers(&received);
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [vec![204; 100], vec![405, 400]].concat());
    assert_problem("the last one", &answers[101..], 400, "request.malformed");
}
