//! Recorder of metrics, which the `metrics` facade hands them to, exported as Prometheus text. Names follow
//! OpenTelemetry's conventions; every label value comes from a fixed list: no path, no id, no user input.
//!
//! The module that records a metric describes it, in a function `describe` that is called once the recorder is
//! installed.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::span_counters;

/// Bucket bounds in seconds: OpenTelemetry's advice, and finer ones below, where most responses are.
const DURATION_BUCKETS: [f64; 17] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// Interval in which recorded values are moved into buckets; until then they are kept in memory.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);
/// Bucket bounds of everything other than durations: counts, percentages. A histogram without bounds would become a
/// summary, which cannot be aggregated over replicas.
const COUNT_BUCKETS: [f64; 14] = [0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 70.0, 100.0, 200.0, 500.0, 1000.0];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Installs the recorder of this process; further calls have no effect. A process with another recorder keeps it, and
/// exports nothing here.
#[expect(clippy::disallowed_methods, reason = "a thread of its own")]
pub fn install() {
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new().with_recommended_naming(true);
        let builder = builder.set_buckets(&COUNT_BUCKETS).ok()?;
        let builder = builder.set_buckets_for_metric(Matcher::Suffix("duration".into()), &DURATION_BUCKETS).ok()?;
        let handle = builder.install_recorder().ok()?;
        let upkeep = handle.clone();
        let keep = move || {
            loop {
                std::thread::sleep(UPKEEP_INTERVAL);
                upkeep.run_upkeep();
            }
        };
        std::thread::Builder::new().name("metrics".into()).spawn(keep).ok()?;
        span_counters::describe();
        Some(handle)
    });
}

/// All metrics as Prometheus text; `None` when another recorder was installed before.
pub(crate) fn render() -> Option<String> {
    let recorder = RECORDER.get()?.as_ref()?;
    span_counters::publish();
    Some(recorder.render())
}
