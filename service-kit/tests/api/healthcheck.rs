//! A service asking itself how it is, over real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::net::{SocketAddr, TcpListener};

use service_kit::healthcheck::{HealthcheckArgs, HealthcheckError, check};
use service_kit::request_middleware::RequestRules;
use service_kit::server::{self, RunningServer, ServerSettings};
use service_kit::{Readiness, Routes};

const READY: HealthcheckArgs = HealthcheckArgs { live: false };
const LIVE: HealthcheckArgs = HealthcheckArgs { live: true };

fn start(readiness: Readiness) -> RunningServer {
    let mut settings = ServerSettings::new(([127, 0, 0, 1], 0).into());
    settings.workers = 1;
    // A health check has to pass where strangers without an id are turned away.
    settings.rules = RequestRules { require_request_id: true, ..RequestRules::default() };
    server::start(&settings, readiness, |app| Routes::new().configure(app)).unwrap()
}

/// The setting of a service that listens on all addresses.
fn everywhere(address: SocketAddr) -> String {
    format!("0.0.0.0:{}", address.port())
}

#[actix_web::test]
async fn a_service_that_can_serve_is_well() {
    let server = start(Readiness::builder("echo", "1").build());
    let listen = everywhere(server.address());
    check(&listen, READY).await.unwrap();
    check(&listen, LIVE).await.unwrap();
    server.stop().await.unwrap();
}

#[actix_web::test]
async fn a_service_that_lacks_something_is_alive_and_the_reason_is_shown() {
    let readiness = Readiness::builder("echo", "1").check("database", async || Err("run `migrate`".to_owned()));
    let server = start(readiness.build());
    let listen = everywhere(server.address());
    let unwell = check(&listen, READY).await.unwrap_err().to_string();
    assert!(unwell.contains("/readyz") && unwell.contains("503") && unwell.contains("database: run `migrate`"));
    check(&listen, LIVE).await.unwrap();
    server.stop().await.unwrap();
}

#[actix_web::test]
async fn nobody_listening_is_not_well() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(matches!(check(&free.to_string(), READY).await, Err(HealthcheckError::Silent { .. })));
}

#[actix_web::test]
async fn a_service_that_hangs_is_not_waited_for() {
    // The kernel takes the connection; nobody ever answers.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = deaf.local_addr().unwrap();
    assert!(matches!(check(&address.to_string(), LIVE).await, Err(HealthcheckError::Late(late)) if late == address));
}

#[actix_web::test]
async fn what_cannot_be_asked_is_said() {
    assert!(matches!(check("here", READY).await, Err(HealthcheckError::NoAddress(_))));
    assert!(matches!(check("127.0.0.1:0", READY).await, Err(HealthcheckError::AnyPort(_))));
}
