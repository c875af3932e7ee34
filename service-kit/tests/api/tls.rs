//! Failure kinds of broken TLS handshakes.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};
use service_kit::client::breaker::{Breaker, BreakerError, BreakerSettings};
use service_kit::client::{
    CallError, EgressPolicy, ExternalClient, ExternalClientSettings, ExternalRequest, FailureKind,
};
use url::Url;

/// A self-signed, untrusted certificate for 127.0.0.1, and its key.
const CERTIFICATE: &str = "MIIBvjCCAWOgAwIBAgIUU8nP3+hZF07WDnX4ELRLkh3Xdr8wCgYIKoZIzj0EAwIwJTEjMCEGA1UEAwwadW50cnVzdGVkIHRl\
    c3QgY2VydGlmaWNhdGUwIBcNMjYxMTI5MDI0MTIyWhgPMjEyNjExMDUwMjQxMjJaMCUxIzAhBgNVBAMMGnVudHJ1c3RlZCB0\
    ZXN0IGNlcnRpZmljYXRlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8wwoCHZFkWjs9letPny8jm26IQSAe/gzBV8BjflJ\
    b07NpVmw5rt7V9TJoE8GpE9n41HleEbRMrv8w6y/qkG6P6NvMG0wHQYDVR0OBBYEFElgIFGrUJy3Zy0yZApm84IVeGiYMB8G\
    A1UdIwQYMBaAFElgIFGrUJy3Zy0yZApm84IVeGiYMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxo\
    b3N0MAoGCCqGSM49BAMCA0kAMEYCIQCN7Mod5KlmjHaLrjoi9/SeAfbBY/s3SRg8af5tX77sSAIhAMsJonsejByODqIe2o4F\
    yhqcK8vZHMNOvgUttBurd4G+";
const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFh5P6cmjdZhf2PIoodcVLE2R+/zfOOdffysHdQO+ghWhRANC\
    AATzDCgIdkWRaOz2V60+fLyObbohBIB7+DMFXwGN+UlvTs2lWbDmu3tX1MmgTwakT2fjUeV4RtEyu/zDrL+qQbo/";

/// A server that handles one connection after the other by `serve`.
fn server(serve: impl Fn(std::net::TcpStream) + Send + 'static) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://{}/", listener.local_addr().expect("an address"));
    std::thread::spawn(move || listener.incoming().flatten().for_each(serve));
    url.parse().expect("a URL")
}

async fn failure(url: Url) -> FailureKind {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let breaker = Breaker::unprobed("foreign", BreakerSettings::default());
    let settings = ExternalClientSettings { timeout: Duration::from_secs(30), egress: EgressPolicy::Private };
    let client = ExternalClient::new(breaker, settings).expect("a client");
    match client.call(ExternalRequest::get("userinfo", url)).await {
        Err(BreakerError::Called(CallError::Failed(kind))) => kind,
        other => panic!("not a failure: {other:?}"),
    }
}

#[tokio::test]
async fn an_untrusted_certificate_is_a_certificate_error() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let der = |text: &str| STANDARD.decode(text).expect("base64");
    let key = PrivatePkcs8KeyDer::from(der(KEY)).into();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![der(CERTIFICATE).into()], key);
    let config = Arc::new(config.expect("a certificate and its key"));
    let url = server(move |mut socket| {
        let mut tls = ServerConnection::new(Arc::clone(&config)).expect("a connection");
        let _ = Stream::new(&mut tls, &mut socket).read(&mut [0; 1024]); // the client closes the connection
    });
    let kind = failure(url).await;
    assert_eq!((kind, kind.as_str()), (FailureKind::TlsCertificateError, "tls_certificate_error"));
}

#[tokio::test]
async fn a_server_without_tls_is_a_tls_protocol_error() {
    let url = server(|mut socket| {
        let _ = socket.read(&mut [0; 1024]);
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    assert_eq!(failure(url).await, FailureKind::TlsProtocolError);
}
