//! Real servers on real sockets.

use std::io;

use actix_web::{App, HttpServer, dev::ServerHandle, web};
use limiter_lib::{
    Key,
    actix::{BodyField, ClientAddress, KeyBy, RateLimit},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
};

use crate::support::{RecordingStore, policy};

async fn echo(body: web::Bytes) -> web::Bytes {
    body
}

/// A server on a free port.
fn serve(layer: RateLimit) -> (std::net::SocketAddr, ServerHandle) {
    let server = HttpServer::new(move || App::new().wrap(layer.clone()).default_service(web::to(echo)))
        .workers(2)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (address, handle)
}

/// Sends `request` verbatim and reads the whole response.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    match stream.read_to_end(&mut response).await {
        Ok(_) => {}
        // A server that responds before it has read the whole request may reset the connection.
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error}"),
    }
    String::from_utf8(response).unwrap()
}

async fn tcp(address: std::net::SocketAddr, request: &str) -> String {
    exchange(TcpStream::connect(address).await.unwrap(), request).await
}

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";

#[actix_web::test]
async fn a_client_is_the_peer_of_the_connection_whatever_headers_it_sends() {
    let store = RecordingStore::default();
    let (address, handle) = serve(store.layer().policy(policy("api", "2/1m"), KeyBy::address()));
    for (spoofed, expected) in [("1.1.1.1", "200"), ("2.2.2.2", "200"), ("3.3.3.3", "429")] {
        let response =
            tcp(address, &format!("{GET}x-forwarded-for: {spoofed}\r\nforwarded: for={spoofed}\r\n\r\n")).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {expected}")), "{response}");
    }
    assert_eq!(store.keys(), [Key::address("127.0.0.1".parse().unwrap(), 64).to_u128(); 3]);
    handle.stop(false).await;
}

#[actix_web::test]
async fn behind_a_proxy_on_this_machine_the_client_is_the_one_it_names() {
    let store = RecordingStore::default();
    let clients = ClientAddress::trust_proxies("127.0.0.1".parse().unwrap());
    let (address, handle) = serve(store.layer().client(clients).policy(policy("api", "1/1m"), KeyBy::address()));
    for (forwarded, expected) in [
        ("192.0.2.7", "200"),
        ("192.0.2.7", "429"),
        ("192.0.2.8", "200"),
        ("9.9.9.9, 192.0.2.8", "429"),
        (&format!("{}, 192.0.2.8", "9.9.9.9, ".repeat(1_100)), "429"),
    ] {
        let response = tcp(address, &format!("{GET}x-forwarded-for: {forwarded}\r\n\r\n")).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {expected}")), "{response}");
    }
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_chunked_body_gives_a_key_and_reaches_the_handler() {
    let store = RecordingStore::default();
    let email = BodyField::json("/email").lowercase();
    let layer = store.layer().policy(policy("login", "1/1m"), KeyBy::body(email));
    let (address, handle) = serve(layer);
    let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";
    let chunked = |email: &str| {
        let rest = format!("{email}\"}}");
        format!(
            "{head}transfer-encoding: chunked\r\n\r\na\r\n{{\"email\":\"\r\n{:x}\r\n{rest}\r\n0\r\n\r\n",
            rest.len()
        )
    };
    let response = tcp(address, &chunked("Ann@example.org")).await;
    assert!(
        response.starts_with("HTTP/1.1 200") && response.ends_with("\r\n\r\n{\"email\":\"Ann@example.org\"}"),
        "{response}"
    );
    let response = tcp(address, &chunked("bob@example.org")).await;
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    let whole = r#"{"email":"ann@example.org"}"#;
    let response = tcp(address, &format!("{head}content-length: {}\r\n\r\n{whole}", whole.len())).await;
    assert!(response.starts_with("HTTP/1.1 429"), "{response}");
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_long_body_reaches_the_handler_whole() {
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("login", "9/1m"), KeyBy::body(BodyField::json("/email")));
    let (address, handle) = serve(layer);
    let body = format!("{{\"email\":\"{}\"}}", "x".repeat(200_000));
    let chunks: String = body
        .as_bytes()
        .chunks(3_000)
        .map(|chunk| format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)))
        .collect();
    let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";
    let whole = tcp(address, &format!("{head}content-length: {}\r\n\r\n{body}", body.len())).await;
    let chunked = tcp(address, &format!("{head}transfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")).await;
    for response in [whole, chunked] {
        let (head, received) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(received == body, "{} of {} bytes", received.len(), body.len());
    }
    let own = Key::address("127.0.0.1".parse().unwrap(), 64).to_u128();
    assert_eq!(store.keys(), [own, own]);
    handle.stop(false).await;
}

#[actix_web::test]
async fn clients_on_a_unix_socket_have_no_address_and_a_key_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("http");
    let store = RecordingStore::default();
    let layer = store.layer().policy(policy("api", "9/1m"), KeyBy::address());
    let server = HttpServer::new(move || App::new().wrap(layer.clone()).default_service(web::to(echo)))
        .workers(1)
        .disable_signals()
        .bind_uds(&path)
        .unwrap()
        .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    for spoofed in ["127.0.0.1", "unknown"] {
        let stream = UnixStream::connect(&path).await.unwrap();
        let response = exchange(stream, &format!("{GET}x-forwarded-for: {spoofed}\r\n\r\n")).await;
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    }
    assert_eq!(store.keys(), [Key::part("no-address", b"").to_u128(); 2]);
    handle.stop(false).await;
}
