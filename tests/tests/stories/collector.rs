//! The collector is unavailable, hangs or is slow: requests succeed, memory and log stay bounded, every span is counted
//! and the shutdown is in time.

use std::time::{Duration, Instant};

use service_kit::testing::TestClient;
use tests::process::Process;
use tests::services::Service;

const BOUND: Duration = Duration::from_secs(60);
const REQUESTS: u64 = 6000;
/// Maximum growth of memory in KiB: 8 MB.
const ROOM: u64 = 8 * 1024;

/// A collector process and its URL.
fn collector(delay: &str) -> (Process, String) {
    let mut process = Process::start("bench", &["collector", delay], &[]);
    let line = process.line_with("address", BOUND);
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    (process, format!("http://{}", line["address"].as_str().expect("an address")))
}

fn service(data: &std::path::Path, collector: &str) -> Service {
    Service::start(
        "movies-api",
        &[
            ("MOVIES_DATA_DIR", data.display().to_string()),
            ("MOVIES_LISTEN", "127.0.0.1:0".to_owned()),
            ("MOVIES_LIMITS", "off".to_owned()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.to_owned()),
            ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()),
        ],
    )
}

/// Sends this many requests, sixteen at a time.
async fn load(client: &TestClient, requests: u64) {
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..requests / 16 {
                    client.get("/api/v1/genres").send().await.assert_status(200);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("every answer is a success");
    }
}

/// Runs the load with a collector in this state; returns the span counts that the service logs at its end.
async fn survives(state: &str, url: &str) -> serde_json::Value {
    let folder = tempfile::tempdir().expect("a folder");
    let mut service = service(folder.path(), url);
    service.ready().await;
    load(&service.client, REQUESTS / 4).await; // warm-up, until memory is stable
    let before = service.process.memory_kib("VmRSS");
    load(&service.client, REQUESTS).await;
    let grown = service.process.memory_kib("VmRSS").saturating_sub(before);
    assert!(grown <= ROOM, "{state}: memory grew by {grown} KiB");
    let begun = Instant::now();
    service.process.signal("TERM");
    assert!(service.process.wait(BOUND).success(), "{state}");
    let took = begun.elapsed();
    // Waiting for the collector would take ten seconds per batch; the figure is in the benchmarks.
    assert!(took < Duration::from_secs(8), "{state}: the end took {took:?}");
    let lines = service.process.all_with("the trace collector");
    assert!(lines.len() <= 1, "{state}: {lines:#?}");
    let last = service.process.all_with("traces are closed").pop().expect("last words");
    let counts: serde_json::Value = serde_json::from_str(&last).expect("JSON");
    let count = |name: &str| counts[name].as_u64().expect("a count");
    assert_eq!(count("ended"), REQUESTS / 4 / 16 * 16 + REQUESTS / 16 * 16, "{state}: {counts}");
    assert_eq!(count("sent") + count("dropped") + count("lost"), count("ended"), "{state}: {counts}");
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a plain client, as an operator sees the page")]
async fn a_collector_that_is_up_gets_every_queued_span() {
    let (process, url) = collector("0");
    let counts = survives("up", &url).await;
    let taken = reqwest::get(format!("{url}/count")).await.expect("it answers").text().await.expect("a number");
    assert_eq!(counts["sent"].to_string(), taken, "{counts}");
    assert_eq!(counts["lost"], 0, "{counts}");
    drop(process);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_unaffected_by_a_collector_that_refuses() {
    let counts = survives("refused", "http://127.0.0.1:9").await;
    assert_eq!(counts["sent"], 0, "{counts}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_unaffected_by_a_collector_that_hangs() {
    let (process, url) = collector("0");
    process.signal("STOP");
    let counts = survives("frozen", &url).await;
    assert_eq!(counts["sent"], 0, "{counts}");
    assert!(counts["dropped"].as_u64() > Some(0), "the queue is bounded: {counts}");
    process.signal("CONT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_unaffected_by_a_collector_that_is_slow() {
    let (_process, url) = collector("700");
    let counts = survives("slow", &url).await;
    assert!(counts["sent"].as_u64() > Some(0), "{counts}");
}
