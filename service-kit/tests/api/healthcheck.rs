//! Health check of a service by its own program, over real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::net::{SocketAddr, TcpListener};

use service_kit::server::RequestRules;
use service_kit::server::healthcheck::{HealthcheckArgs, HealthcheckError, check};
use service_kit::server::{self, RunningServer, ServerSettings};
use service_kit::{Readiness, Routes};

const READY: HealthcheckArgs = HealthcheckArgs { live: false };
const LIVE: HealthcheckArgs = HealthcheckArgs { live: true };

fn start(readiness: Readiness) -> RunningServer {
    let mut settings = ServerSettings::new(([127, 0, 0, 1], 0).into());
    settings.workers = 1;
    // Health checks must pass where requests without an id are rejected.
    settings.rules = RequestRules { require_request_id: true, ..RequestRules::default() };
    server::start(&settings, readiness, |app| Routes::new().configure(app)).unwrap()
}

/// Listen setting of a service on all addresses.
fn everywhere(address: SocketAddr) -> String {
    format!("0.0.0.0:{}", address.port())
}

#[actix_web::test]
async fn a_ready_service_is_healthy() {
    let server = start(Readiness::builder("echo", "1").build());
    let listen = everywhere(server.address());
    check(&listen, READY).await.unwrap();
    check(&listen, LIVE).await.unwrap();
    server.stop().await.unwrap();
}

#[actix_web::test]
async fn a_service_that_is_not_ready_is_alive_and_the_reason_is_shown() {
    let readiness = Readiness::builder("echo", "1").check("database", async || Err("run `migrate`".to_owned()));
    let server = start(readiness.build());
    let listen = everywhere(server.address());
    let error = check(&listen, READY).await.unwrap_err().to_string();
    assert!(error.contains("/readyz") && error.contains("503") && error.contains("database: run `migrate`"));
    check(&listen, LIVE).await.unwrap();
    server.stop().await.unwrap();
}

#[actix_web::test]
async fn a_closed_port_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(matches!(check(&free.to_string(), READY).await, Err(HealthcheckError::Unreachable { .. })));
}

#[actix_web::test]
async fn a_service_that_does_not_respond_times_out() {
    // The kernel accepts the connection; the program never does.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let error = check(&address.to_string(), LIVE).await;
    assert!(matches!(error, Err(HealthcheckError::Timeout(timed_out)) if timed_out == address));
}

#[actix_web::test]
async fn an_invalid_listen_setting_is_reported() {
    assert!(matches!(check("here", READY).await, Err(HealthcheckError::InvalidAddress(_))));
    assert!(matches!(check("127.0.0.1:0", READY).await, Err(HealthcheckError::DynamicPort(_))));
}
