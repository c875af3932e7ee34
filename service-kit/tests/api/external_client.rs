//! Calls to external hosts, against a server on a real socket.

use std::time::Duration;

use service_kit::client::breaker::{Breaker, BreakerError, BreakerSettings, Rejection};
use service_kit::client::{
    CallError, EgressPolicy, ExternalClient, ExternalClientSettings, ExternalRequest, FailureKind,
    MAX_EXTERNAL_RESPONSE,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;

fn client(egress: EgressPolicy) -> ExternalClient {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let breaker = Breaker::unprobed("foreign", BreakerSettings::default());
    let settings = ExternalClientSettings { timeout: Duration::from_secs(5), egress };
    ExternalClient::new(breaker, settings).expect("a client")
}

/// A server with the same response to every request, and the requests that it has received.
async fn server(answer: String) -> (Url, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}/path?secret=canary", listener.local_addr().expect("an address"));
    let (sender, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = vec![0; 16 * 1024];
            let size = stream.read(&mut buffer).await.unwrap_or_default();
            let _ = sender.send(String::from_utf8_lossy(&buffer[..size]).into_owned());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (base.parse().expect("a URL"), requests)
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn failure<T: std::fmt::Debug>(outcome: Result<T, BreakerError>) -> FailureKind {
    match outcome {
        Err(BreakerError::Called(CallError::Failed(kind))) => kind,
        other => panic!("not a failure: {other:?}"),
    }
}

#[tokio::test]
async fn a_call_sends_its_headers_and_no_internal_ones() {
    let (url, mut requests) = server(ok("{}")).await;
    let call = ExternalRequest::post("token", url, b"a=b".to_vec()).authorized("Bearer canary");
    assert!(client(EgressPolicy::Private).call(call).await.expect("an answer").is_success());
    let received = requests.recv().await.expect("a request");
    for line in ["accept: application/json", "user-agent: marquee", "authorization: Bearer canary"] {
        assert!(received.contains(line), "{line} is missing in {received}");
    }
    for name in ["cookie", "traceparent", "tracestate", "x-request-id", "referer"] {
        assert!(!received.contains(&format!("\r\n{name}:")), "{received}");
    }
}

#[tokio::test]
async fn a_response_of_256_kib_is_accepted_and_one_byte_more_is_rejected() {
    let fits = format!("\"{}\"", "a".repeat(MAX_EXTERNAL_RESPONSE - 2));
    let (url, _requests) = server(ok(&fits)).await;
    let answer = client(EgressPolicy::Private).call(ExternalRequest::get("userinfo", url)).await.expect("an answer");
    assert_eq!(answer.body.len(), MAX_EXTERNAL_RESPONSE);
    let chunk = format!("{:x}\r\n{fits} \r\n0\r\n\r\n", fits.len() + 1);
    for answer in [ok(&format!("{fits} ")), format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}")] {
        let (url, _requests) = server(answer).await;
        let outcome = client(EgressPolicy::Private).call(ExternalRequest::get("userinfo", url)).await;
        assert_eq!(failure(outcome), FailureKind::ResponseTooLarge);
    }
}

#[tokio::test]
async fn a_client_error_is_an_answer_and_everything_else_is_a_failure() {
    let answer = |head: &str, body: &str| {
        format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
    };
    for (head, body) in
        [("400 Bad Request", "{\"error\":\"invalid_grant\"}"), ("403 Forbidden", "<html>"), ("401 Who", "")]
    {
        let (url, _requests) = server(answer(head, body)).await;
        assert!(
            !client(EgressPolicy::Private)
                .call(ExternalRequest::get("token", url))
                .await
                .expect("an answer")
                .is_success()
        );
    }
    for (head, body, kind) in [
        ("301 Moved\r\nlocation: http://169.254.169.254/", "", FailureKind::Redirected),
        ("304 Not Modified", "", FailureKind::Redirected),
        ("503 Unavailable", "{}", FailureKind::ServerError),
        ("429 Too Many", "{}", FailureKind::Throttled),
        ("200 OK", "<html>", FailureKind::MalformedBody),
        ("200 OK", "", FailureKind::MalformedBody),
    ] {
        let (url, _requests) = server(answer(head, body)).await;
        assert_eq!(
            failure(client(EgressPolicy::Private).call(ExternalRequest::get("token", url)).await),
            kind,
            "{head}"
        );
    }
    let (url, _requests) = server(answer("200 OK", "")).await;
    assert!(
        client(EgressPolicy::Private)
            .call(ExternalRequest::get("revoke", url).any_body())
            .await
            .expect("an answer")
            .is_success()
    );
}

#[tokio::test]
async fn blocked_addresses_are_not_called_whether_literal_or_resolved() {
    let (url, mut requests) = server(ok("{}")).await;
    let mut by_name = url.clone();
    by_name.set_host(Some("localhost")).expect("a host");
    let public = client(EgressPolicy::Public);
    for url in [url, by_name.clone(), "http://169.254.169.254/".parse().expect("a URL")] {
        assert_eq!(failure(public.call(ExternalRequest::get("token", url)).await), FailureKind::DestinationProhibited);
    }
    assert!(requests.try_recv().is_err());
    assert!(client(EgressPolicy::Private).call(ExternalRequest::get("token", by_name)).await.is_ok());
}

#[tokio::test]
async fn server_errors_open_the_breaker() {
    let (url, mut requests) = server("HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into()).await;
    let failing = client(EgressPolicy::Private);
    for _ in 0..5 {
        assert_eq!(failure(failing.call(ExternalRequest::get("token", url.clone())).await), FailureKind::ServerError);
    }
    let outcome = failing.call(ExternalRequest::get("token", url)).await;
    assert!(matches!(outcome, Err(BreakerError::Rejected(Rejection::Open))));
    assert_eq!(std::iter::from_fn(|| requests.try_recv().ok()).count(), 5);
}
