//! Every request has its log line, its span and its count, regardless of its content.

use std::net::SocketAddr;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use service_kit::testing::{TestClient, eventually};
use tests::collector::Collector;
use tests::process::Process;
use tests::services::Service;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const BOUND: Duration = Duration::from_secs(120);
const REQUESTS: usize = 500;
const COUNT: &str = "http_server_request_duration_seconds_count";

/// Headers by which some systems identify callers or decide on sampling.
const SIGNS: [(&str, &str); 24] = [
    ("x-request-id", "breaker-probe"),
    ("x-request-id", "healthcheck"),
    ("x-request-id", ""),
    ("x-request-id", "a b"),
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"),
    ("traceparent", "00-ffffffffffffffffffffffffffffffff-00f067aa0ba902b7-00"),
    ("traceparent", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"),
    ("traceparent", "00-00000000000000000000000000000000-0000000000000000-00"),
    ("tracestate", "sampled=0,rojo=00f067aa0ba902b7"),
    ("baggage", "sampling.priority=0,probe=true"),
    ("x-b3-sampled", "0"),
    ("b3", "0"),
    ("x-datadog-sampling-priority", "-1"),
    ("x-cloud-trace-context", "105445aa7843bc8bf206b12000100000/1;o=0"),
    ("user-agent", "kube-probe/1.34"),
    ("user-agent", "Prometheus/3.0"),
    ("x-forwarded-for", "127.0.0.1"),
    ("forwarded", "for=127.0.0.1"),
    ("x-real-ip", "127.0.0.1"),
    ("x-internal", "true"),
    ("x-service-name", "movies-api"),
    ("authorization", "Basic bW92aWVzLWFwaTp4"),
    ("purpose", "prefetch"),
    ("dnt", "1"),
];
const METHODS: [&str; 12] =
    ["GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "REJECTED", "PROBE", "get", "M-SEARCH"];
const PATHS: [&str; 8] = [
    "/.well-known/jwks.json",
    "/api/v1/users",
    "/oauth2/introspect",
    "/account/sign-in",
    "/nowhere",
    "/livez/",
    "/metrics2?x=/readyz",
    "/%6civez",
];

fn random_request(random: &mut StdRng) -> Vec<u8> {
    fn pick<'a, T>(random: &mut StdRng, list: &'a [T]) -> &'a T {
        &list[random.random_range(0..list.len())]
    }
    let (method, path) = (*pick(random, &METHODS), *pick(random, &PATHS));
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n").into_bytes();
    for _ in 0..random.random_range(0..8) {
        let (name, value) = *pick(random, &SIGNS);
        request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    for _ in 0..random.random_range(0..4) {
        let (known, _) = *pick(random, &SIGNS);
        let name = if random.random_bool(0.5) { known.to_owned() } else { format!("x-{}", random.random::<u32>()) };
        request.extend_from_slice(format!("{name}: ").as_bytes());
        let value = (0..random.random_range(0..200)).map(|_| random.random_range(0x20..=0xffu8));
        request.extend(value.filter(|byte| *byte != 0x7f));
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"content-length: 0\r\n\r\n");
    request
}

async fn exchange(server: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server).await.expect("it listens");
    // The server may answer and close before all is written.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(BOUND, stream.read_to_end(&mut answer)).await;
    read.expect("an answer in time").expect("a clean end");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sum of all values of a metric with `label` in its labels.
async fn sum(client: &TestClient, metric: &str, label: &str) -> u64 {
    let text = client.get("/metrics").send().await.text();
    let lines = text.lines().filter(|line| line.starts_with(metric) && line.contains(label));
    lines.map(|line| line.rsplit(' ').next().expect("a value").parse::<u64>().expect("a count")).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_can_suppress_its_log_line_its_span_or_its_count() {
    let folder = tempfile::tempdir().expect("a folder");
    let collector = Collector::start();
    let variables = [
        ("AUTH_DATA_DIR", folder.path().display().to_string()),
        ("AUTH_LISTEN", "127.0.0.1:0".to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url().to_owned()),
        ("OTEL_BSP_SCHEDULE_DELAY", "50".to_owned()),
    ];
    let service = Service::start("auth-service", &variables);
    service.ready().await;
    let server = service.address.parse().expect("an address");
    let before = sum(&service.client, COUNT, "").await;
    let seed = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    for number in 0..REQUESTS {
        let request = random_request(&mut random);
        let answer = exchange(server, &request).await;
        let shown = String::from_utf8_lossy(&request).into_owned();
        assert!(answer.starts_with("HTTP/1.1 "), "seed {seed}, request {number}: {shown:?}: {answer:?}");
        assert!(answer.to_lowercase().contains("\r\nx-request-id: "), "seed {seed}: {shown:?}: {answer}");
    }
    let lines = || service.process.all_with("\"message\":\"served\"").len();
    eventually("every request has its line", BOUND, async || lines() >= REQUESTS).await;
    assert_eq!(lines(), REQUESTS, "seed {seed}");
    let spans = || collector.spans().iter().filter(|span| span.kind == "server").count();
    eventually("every request has its span", BOUND, async || spans() >= REQUESTS).await;
    assert_eq!(spans(), REQUESTS, "seed {seed}");
    for span in collector.spans().iter().filter(|span| span.kind == "server") {
        assert!(!span.name.contains("_OTHER"), "{span:?}");
        assert!(!span.failed, "an answer below 500 is no error: {span:?}");
    }
    // The first request of `/metrics` was counted after its response.
    let counted = sum(&service.client, COUNT, "").await - before;
    assert_eq!(counted, REQUESTS as u64 + 1, "seed {seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_cannot_be_read_are_answered_by_every_service_and_cannot_flood_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut variables = vec![("CINEMA_DATA_DIR", folder.path().display().to_string())];
    variables.extend(["AUTH_LISTEN", "MOVIES_LISTEN", "CAPTCHA_LISTEN"].map(|name| (name, "127.0.0.1:0".into())));
    let mut cinema = Process::start("cinema", &[], &variables);
    let cases: [(&str, &str); 9] = [
        ("GET / HTTP/1.1\r\n\r\n", "request.malformed"),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "request.malformed"),
        ("GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", "request.malformed"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", "request.malformed"),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n", "request.malformed"),
        ("\u{16}\u{3}\u{1}", "request.malformed"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "request.malformed"),
        (&format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(70_000)), "request.uri_too_long"),
        (&format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(200)), "request.headers_too_large"),
    ];
    let begun = std::time::Instant::now();
    let mut sent = 0;
    for label in ["films", "accounts", "captcha"] {
        let line = cinema.line_with(&format!("  {label} "), BOUND);
        let url = url::Url::parse(line.split_whitespace().nth(1).expect("a URL")).expect("a URL");
        let server = format!("127.0.0.1:{}", url.port().expect("a port")).parse().expect("an address");
        for (request, code) in cases.iter().cycle().take(90) {
            let answer = exchange(server, request.as_bytes()).await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{label}: {answer:?}"));
            let problem: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{label}: {answer:?}"));
            assert!(head.to_lowercase().contains("application/problem+json"), "{label}: {head}");
            assert_eq!((&problem["code"], problem["request_id"].is_string()), (&Value::from(*code), true), "{label}");
            sent += 1;
        }
        let search = "GET /api/v1/films/search?query=крёстный HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        if label == "films" {
            let answer = exchange(server, search.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "raw UTF-8 simply works: {answer}");
        }
    }
    let seconds = begun.elapsed().as_secs() + 1;
    // All three share one process, so each reports the metrics of all.
    let films = cinema.line_with("  films ", BOUND);
    let films = films.split_whitespace().nth(1).expect("a URL").trim_end_matches("/api/v1/films").to_owned();
    let client = TestClient::new(films);
    assert_eq!(sum(&client, "http_server_rejections_total", "").await, sent);
    let lines = cinema.all_with("rejected before routing");
    assert!(!lines.is_empty() && lines.len() as u64 <= 10 * (seconds + 1), "{} lines in {seconds} s", lines.len());
    for line in &lines {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert!(line["reason"].is_string() && line["request_id"].is_string(), "{line}");
    }
}
