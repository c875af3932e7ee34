//! The command line, run as by a container's health check.

use std::process::{Command, Output};

use crate::app::TestApp;

fn healthcheck(listen: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_movies-api"));
    command.env_clear().env("MOVIES_LISTEN", listen).arg("healthcheck").output().expect("the program runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_health_check_uses_the_listen_address_of_the_service() {
    let app = TestApp::start().await;
    let listen = app.base().trim_start_matches("http://").replace("127.0.0.1", "0.0.0.0");
    let healthy = healthcheck(&listen);
    assert!(healthy.status.success() && healthy.stderr.is_empty(), "{}", String::from_utf8_lossy(&healthy.stderr));
}

#[test]
fn a_health_check_fails_without_a_listener_and_names_the_address() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let unhealthy = healthcheck(&free.to_string());
    assert_eq!(unhealthy.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&unhealthy.stderr);
    assert!(stderr.contains(&format!("{free} does not answer")), "{stderr}");
}
