//! Redis with a certificate of a private certificate authority.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use service_kit::testing::{PrivateAuthority, eventually};
use tests::process::Process;
use tests::proxy::free_addresses;
use tests::services::Service;

const BOUND: Duration = Duration::from_secs(60);

/// A redis-server that speaks TLS only.
struct Redis(Child, String);

impl Redis {
    fn start(authority: &PrivateAuthority, folder: &std::path::Path) -> Self {
        let [address] = free_addresses();
        let port = address.rsplit(':').next().expect("a port").to_owned();
        let mut server = Command::new("redis-server");
        server.args([
            "--port",
            "0",
            "--tls-port",
            &port,
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--tls-auth-clients",
            "no",
        ]);
        server.arg("--tls-cert-file").arg(authority.server_certificate()).arg("--tls-key-file");
        server.arg(authority.server_key()).arg("--tls-ca-cert-file").arg(authority.certificate());
        server.arg("--dir").arg(folder).stdin(Stdio::null()).stdout(Stdio::null());
        Self(server.spawn().expect("`scripts/redis.sh install` installs it"), format!("rediss://localhost:{port}"))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_trusted_by_the_authority_that_the_settings_name_and_by_no_other() {
    let (authority, another) = (PrivateAuthority::make(), PrivateAuthority::make());
    let folder = tempfile::tempdir().expect("a folder");
    let redis = Redis::start(&authority, folder.path());
    for (ca, trusted) in [(Some(&authority), true), (Some(&another), false), (None, false)] {
        let mut variables = vec![
            ("MOVIES_DATA_DIR", folder.path().display().to_string()),
            ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
            ("MOVIES_REDIS_URL", redis.1.clone()),
        ];
        variables.extend(ca.map(|ca| ("MOVIES_REDIS_CA_FILE", ca.certificate().display().to_string())));
        let movies = Service::start("movies-api", &variables);
        movies.ready().await;
        let state = if trusted { "\nlimiter_degraded 0" } else { "\nlimiter_degraded 1" };
        let known = async || {
            movies.client.get("/api/v1/genres").send().await;
            let metrics = movies.client.get("/metrics").send().await.text();
            let by_redis = metrics.lines().any(|line| {
                ["\"store\"}", "\"lease\"}"].iter().any(|source| line.contains(source)) && !line.ends_with(" 0")
            });
            metrics.contains(state) && by_redis == trusted
        };
        eventually(state.trim(), BOUND, known).await;
    }
}

#[test]
fn certificates_that_cannot_be_used_stop_the_start_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let not_pem = folder.path().join("ca.pem");
    std::fs::write(&not_pem, "no certificate").expect("the folder can be written");
    let not_pem = not_pem.display().to_string();
    let absent = folder.path().join("absent.pem").display().to_string();
    let authority = PrivateAuthority::make();
    let good = authority.certificate().display().to_string();
    for (url, ca) in [
        ("rediss://127.0.0.1:1", &not_pem),
        ("rediss://127.0.0.1:1", &absent),
        ("redis://127.0.0.1:1", &good),
        ("rediss+cluster://127.0.0.1:1", &good),
    ] {
        let variables = [
            ("AUTH_DATA_DIR", folder.path().display().to_string()),
            ("AUTH_REDIS_URL", url.to_owned()),
            ("AUTH_REDIS_CA_FILE", ca.clone()),
            ("AUTH_SMTP_URL", "smtps://localhost".to_owned()),
            ("AUTH_MAIL_FROM", "no-reply@cinema.example".to_owned()),
            ("AUTH_SMTP_CA_FILE", not_pem.clone()),
        ];
        let mut process = Process::start("auth-service", &["serve"], &variables);
        assert_eq!(process.wait(BOUND).code(), Some(1), "{url} {ca}");
        let output = process.output().join("\n");
        assert!(
            output.contains("AUTH_REDIS_CA_FILE:") && output.contains("AUTH_SMTP_CA_FILE:"),
            "{url} {ca}: {output}"
        );
    }
}
