//! Every way in which a call can fail has its kind, shown with faulty servers on real sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use contracts::endpoint::Nothing;
use contracts::health::{GetLivez, HealthResponse};
use service_kit::client::{CallContext, CallError, Credentials, FailureKind, ServiceClient};
use service_kit::{Clock, SystemClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::service::{Echo, EchoBody, EchoPath, EchoQuery, start};

const BUDGET: Duration = Duration::from_millis(300);

fn client(base: &str) -> ServiceClient {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    ServiceClient::new(base.parse().expect("a URL"), Credentials::None).expect("a client")
}

async fn livez(base: &str) -> Result<HealthResponse, CallError> {
    client(base).call::<GetLivez>(&Nothing {}, &Nothing {}, &Nothing {}, &CallContext::new("test", BUDGET)).await
}

/// Kind of failure of [`outcome`].
async fn failure<F, Fut>(answer: F) -> FailureKind
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    match outcome(answer).await {
        Err(CallError::Failed(kind)) => kind,
        other => panic!("not a failure: {other:?}"),
    }
}

/// Outcome of a call to a server that reads a request and then runs `answer` on the connection.
async fn outcome<F, Fut>(answer: F) -> Result<HealthResponse, CallError>
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            answer(stream).await;
        }
    });
    let outcome = livez(&base).await;
    server.abort();
    outcome
}

async fn send(mut stream: TcpStream, text: &str) {
    let _ = stream.write_all(text.as_bytes()).await;
}

#[tokio::test]
async fn a_closed_port_is_connection_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    assert!(matches!(livez(&base).await, Err(CallError::Failed(FailureKind::ConnectionRefused))));
}

#[tokio::test]
async fn silence_is_a_response_timeout() {
    let kind = failure(async |_stream| std::future::pending().await).await;
    assert_eq!(kind, FailureKind::ResponseTimeout);
    assert!(kind.is_timeout());
}

#[tokio::test]
async fn a_body_that_stalls_is_a_read_timeout_and_not_a_decode_error() {
    let kind = failure(async |mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
        std::future::pending::<()>().await;
    });
    assert_eq!(kind.await, FailureKind::ConnectionReadTimeout);
}

#[tokio::test]
async fn a_truncated_body_is_incomplete() {
    let kind = failure(async |stream| send(stream, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await).await;
    assert_eq!(kind, FailureKind::ResponseIncomplete);
}

#[tokio::test]
async fn a_connection_closed_before_the_answer_is_terminated() {
    assert_eq!(failure(async |stream| drop(stream)).await, FailureKind::ConnectionTerminated);
}

#[tokio::test]
async fn a_response_that_is_not_http_is_a_protocol_error() {
    assert_eq!(failure(async |stream| send(stream, "SSH-2.0-OpenSSH_9.2\r\n").await).await, FailureKind::ProtocolError);
}

#[tokio::test]
async fn a_response_outside_of_the_contract_is_malformed() {
    let answers = ["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]", "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n"];
    for answer in answers {
        assert_eq!(failure(async move |stream| send(stream, answer).await).await, FailureKind::MalformedBody);
    }
}

#[tokio::test]
async fn a_response_written_as_an_array_is_malformed() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n[\"pass\",\"x\",\"1.0\"]"; // the members by position
    assert_eq!(failure(async move |stream| send(stream, answer).await).await, FailureKind::MalformedBody);
}

/// Cancelling a call says nothing about the other side.
#[actix_web::test]
async fn a_cancelled_call_is_not_measured() {
    let service = start();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let base = format!("http://{address}");
    let call = tokio::spawn(async move {
        let context = CallContext::new("test", Duration::from_secs(3600));
        client(&base).call::<GetLivez>(&Nothing {}, &Nothing {}, &Nothing {}, &context).await
    });
    let (mut stream, _) = listener.accept().await.expect("it calls");
    let _ = stream.read(&mut [0; 4096]).await;
    call.abort();
    assert!(call.await.expect_err("it was cancelled").is_cancelled());

    let metrics = service.client.get("/metrics").send().await.text();
    let port = format!("server_port=\"{}\"", address.port());
    assert!(!metrics.lines().any(|line| line.contains(&port)), "{metrics}");
}

#[tokio::test]
async fn server_errors_and_rate_limits_are_distinguished() {
    let status = |line: &'static str| failure(async move |stream| send(stream, line).await);
    let failed = status("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(failed, FailureKind::ServerError);
    let limited = status("HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(limited, FailureKind::Throttled);
}

#[tokio::test]
async fn retry_after_is_read_in_seconds_and_as_a_date() {
    let soon = httpdate(Duration::from_secs(120));
    for (status, value, named) in [
        (503, "7", Some(Duration::from_secs(7))),
        (429, "7", Some(Duration::from_secs(7))),
        (503, soon.as_str(), Some(Duration::from_secs(120))),
        (503, "Thu, 01 Jan 1970 00:00:00 GMT", None),
        (503, "0", None),
        (503, "-1", None),
        (503, "soon", None),
        (500, "7", None),
    ] {
        let answer = format!("HTTP/1.1 {status} -\r\nretry-after: {value}\r\ncontent-length: 0\r\n\r\n");
        let answered = move |stream| {
            let answer = answer.clone();
            async move { send(stream, &answer).await }
        };
        let error = outcome(answered).await.expect_err("no success");
        match (&error, named) {
            (CallError::RetryAfter { after, .. }, Some(named)) => {
                assert!(*after <= named && *after + Duration::from_secs(60) >= named, "{value}: {after:?}");
            }
            (CallError::Failed(_), None) => {}
            _ => panic!("{status} {value}: {error:?}"),
        }
    }
}

/// HTTP date at this distance from now.
fn httpdate(from_now: Duration) -> String {
    actix_web::http::header::HttpDate::from(std::time::SystemTime::from(SystemClock.now()) + from_now).to_string()
}

#[tokio::test]
async fn only_a_server_error_without_retry_after_is_retried_and_only_once() {
    for (answer, attempts) in [
        ("HTTP/1.1 500 -\r\ncontent-length: 0\r\n\r\n", 2),
        ("HTTP/1.1 503 -\r\ncontent-length: 0\r\n\r\n", 2),
        ("HTTP/1.1 503 -\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n", 1),
        ("HTTP/1.1 429 -\r\ncontent-length: 0\r\n\r\n", 1),
        ("HTTP/1.1 200 -\r\ncontent-length: 2\r\n\r\n[]", 1),
    ] {
        let seen = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&seen);
        let answered = move |stream| {
            counted.fetch_add(1, Ordering::Relaxed);
            send(stream, answer)
        };
        assert!(outcome(answered).await.is_err());
        assert_eq!(seen.load(Ordering::Relaxed), attempts, "{answer}");
    }
}

#[tokio::test]
async fn an_oversized_response_is_cut_off() {
    let kind = failure(async |mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n").await;
        while stream.write_all(&[b' '; 65536]).await.is_ok() {}
    });
    assert_eq!(kind.await, FailureKind::ResponseTooLarge);
}

#[actix_web::test]
async fn a_typed_call_carries_its_request_id_and_returns_the_output() {
    let service = start();
    let path = EchoPath { id: uuid::Uuid::now_v7() };
    let context = CallContext::new("order-42", Duration::from_secs(30));
    let call = async |name: &str| {
        let body = EchoBody { name: name.into(), inner: Vec::new() };
        client(service.client.base()).call::<Echo>(&path, &EchoQuery::default(), &body, &context).await
    };
    assert_eq!(call("Ann").await.expect("an echo").name, "Ann");
    let Err(CallError::Refused(problem)) = call("x").await else { panic!("the name is too short") };
    assert_eq!((problem.code.as_str(), problem.request_id.as_str()), ("request.invalid_fields", "order-42"));
}
