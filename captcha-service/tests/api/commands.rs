//! Command line, run as the health check of a container.

use std::process::{Command, Output};

use crate::app::TestApp;

fn healthcheck(listen: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_captcha-service"));
    command.env_clear().env("CAPTCHA_LISTEN", listen).arg("healthcheck").output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_health_check_asks_where_the_service_was_told_to_listen() {
    let app = TestApp::start().await;
    let listen = app.base().trim_start_matches("http://").replace("127.0.0.1", "0.0.0.0");
    let healthy = healthcheck(&listen);
    assert!(healthy.status.success() && healthy.stderr.is_empty(), "{}", String::from_utf8_lossy(&healthy.stderr));
}

#[test]
fn a_health_check_fails_where_nobody_listens_and_says_so() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let failed = healthcheck(&free.to_string());
    assert_eq!(failed.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&failed.stderr);
    assert!(stderr.contains(&format!("{free} does not answer")), "{stderr}");
}
