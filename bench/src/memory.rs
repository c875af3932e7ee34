//! Start-up time and memory of `cinema` with the films that come with it.

use std::time::{Duration, Instant};

use limiter_lib::testing::free_port;
use service_kit::testing::TestClient;
use tests::process::Process;
use tests::services::limits_file;

use crate::say;

const STARTS: usize = 5;

/// Starts `cinema` a few times, first on an empty folder, and prints time and memory.
pub async fn measure() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (auth, movies) = (free_port(), free_port());
    let variables = [
        ("CINEMA_DATA_DIR", folder.path().display().to_string()),
        ("AUTH_LISTEN", format!("127.0.0.1:{auth}")),
        ("MOVIES_LISTEN", format!("127.0.0.1:{movies}")),
        ("CAPTCHA_LISTEN", "127.0.0.1:0".to_owned()),
        ("RUST_LOG", "warn".to_owned()),
        ("MOVIES_LIMITS_FILE", limits_file(folder.path(), "limits.toml", &[("search", "10000000/1s")])),
    ];
    let services = [auth, movies].map(|port| TestClient::new(format!("http://127.0.0.1:{port}")));
    let (mut times, mut resident) = (Vec::new(), 0);
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut cinema = Process::start("cinema", &[], &variables);
        for service in &services {
            while !ready(service).await {
                anyhow::ensure!(begun.elapsed() < Duration::from_secs(30), "not ready: {:?}", cinema.output());
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        times.push(begun.elapsed());
        cinema.line_with("Ctrl-C closes it", Duration::from_secs(10));
        for _ in 0..200 {
            services[1].get("/api/v1/films/search?query=matrx").send().await;
        }
        resident = resident.max(cinema.memory_kib("VmRSS"));
        cinema.signal("TERM");
        cinema.wait(Duration::from_secs(20));
    }
    let later = times[1..].iter().max().copied().unwrap_or_default();
    say("\n| cinema, 60 films | figure |\n|---|---|");
    say(&format!("| first start to ready | {} ms |", times[0].as_millis()));
    say(&format!("| later starts to ready, slowest of {} | {} ms |", STARTS - 1, later.as_millis()));
    say(&format!("| resident memory after 200 searches | {:.1} MB |", resident as f64 / 1024.0));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a plain client, as an operator sees the page")]
async fn ready(service: &TestClient) -> bool {
    let url = format!("{}/readyz", service.base());
    reqwest::get(url).await.is_ok_and(|reply| reply.status().is_success())
}
