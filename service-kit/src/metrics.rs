//! Metrics: recorded with the `metrics` facade, exported as Prometheus text at `/metrics`, named by OpenTelemetry's
//! conventions. Every label value comes from a fixed list: no path, no id, no user input.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::{HttpResponse, ResponseError};
use contracts::codes;
use metrics::{Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::error::ApiError;
use crate::telemetry::{method_label, span_counters};

/// Path of the metrics.
pub const PATH: &str = "/metrics";

const REQUEST_DURATION: &str = "http.server.request.duration";
const CALL_DURATION: &str = "http.client.request.duration";
const QUERY_DURATION: &str = "db.client.operation.duration";
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
        describe();
        Some(handle)
    });
}

fn describe() {
    describe_histogram!(REQUEST_DURATION, Unit::Seconds, "Requests, from their head to the head of their answer.");
    describe_histogram!(CALL_DURATION, Unit::Seconds, "Calls to other services, each attempt.");
    describe_histogram!(QUERY_DURATION, Unit::Seconds, "SQL statements.");
    describe_counter!("http.server.rejections", "Requests that were rejected before routing, by reason.");
    describe_gauge!("http.server.open_connections", "Connections that are open.");
    describe_counter!("http.server.evicted_connections", "Connections closed to make room for others.");
    describe_gauge!("build.info", "1, with the name and version of the service.");
    describe_gauge!("storage.writable", "1 while a database takes writes, known from the last one that was made.");
    describe_counter!("storage.writes_refused", "Writes that failed because a database was unavailable for writes.");
    describe_gauge!("breaker.state", "1 for the state that a breaker is in, 0 for the others.");
    describe_counter!("breaker.transitions", "Changes of state of a breaker.");
    describe_counter!("breaker.rejections", "Calls that a breaker rejected.");
    describe_counter!("traces.spans", "Spans by outcome: ended, sent, dropped, lost.");
    describe_counter!("cache.lookups", "Cache lookups by result.");
    describe_gauge!("hashing.queue.length", "Passwords that wait to be hashed.");
    describe_histogram!("hashing.duration", Unit::Seconds, "Hashing one password.");
    describe_counter!(
        "hashing.refused",
        "Passwords that were not hashed: the queue was full, or the turn came too late."
    );
    describe_gauge!("search.queue.length", "Searches that wait for a thread.");
    describe_counter!("search.rejected", "Searches without a result: the queue was full, or the deadline passed.");
    describe_counter!("auth.mails", "Mails by outcome: sent, lost.");
    describe_gauge!("auth.signing_key.active_since", Unit::Seconds, "Unix time from which the active key signs.");
    describe_gauge!("catalogue.films", "Films in memory.");
    describe_gauge!("catalogue.seq", "Last change of the catalogue that is in memory.");
    describe_counter!("import.records", "Records of an import by outcome.");
    describe_gauge!("import.read.bytes", Unit::Bytes, "Bytes of the files of an import that have been read.");
    describe_gauge!("import.files.bytes", Unit::Bytes, "Bytes of all files of an import.");
    describe_counter!("limiter.decisions", "Decisions of the limiter by policy, outcome and source.");
    describe_gauge!("limiter.degraded", "1 while this process decides locally because Redis is unavailable.");
    describe_counter!("limiter.memory.evictions", "Keys evicted because the memory for them is bounded.");
    describe_counter!("limiter.redis.restored", "Keys restored to a Redis that had lost its state.");
    describe_histogram!("limiter.redis.duration", Unit::Seconds, "Calls to Redis.");
    describe_histogram!("limiter.redis.batch_size", "Decisions requested in one call.");
}

/// Records name and version of the service.
pub(crate) fn record_build(service: &'static str, version: &'static str) {
    gauge!("build.info", "service.name" => service, "service.version" => version).set(1.0);
}

/// All metrics as Prometheus text.
pub(crate) async fn get_metrics() -> HttpResponse {
    let Some(Some(recorder)) = RECORDER.get() else {
        return ApiError::new(codes::UNAVAILABLE).detail("this process counts elsewhere").error_response();
    };
    span_counters::publish();
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(recorder.render())
}

thread_local! {
    /// Cached histograms: looking one up by its labels costs several times as much as recording; there are few of them.
    static ROUTE_HISTOGRAMS: RefCell<HashMap<(&'static str, &'static str, u16), Histogram>> = RefCell::default();
}

/// Records a request that was responded to.
pub(crate) fn record_request(method: &str, route: Option<&'static str>, status: u16, elapsed: Duration) {
    let (method, route) = (method_label(method), route.unwrap_or_default());
    ROUTE_HISTOGRAMS.with_borrow_mut(|known| {
        let make = || {
            let mut labels = vec![
                ("http.request.method", method.to_owned()),
                ("http.response.status_code", status.to_string()),
                ("http.route", route.to_owned()),
            ];
            if status >= 500 {
                labels.push(("error.type", status.to_string()));
            }
            histogram!(REQUEST_DURATION, &labels)
        };
        known.entry((method, route, status)).or_insert_with(make).record(elapsed.as_secs_f64());
    });
}

/// A finished call.
pub(crate) struct Call<'a> {
    pub method: &'static str,
    pub template: &'static str,
    pub server: &'a str,
    pub port: u16,
    pub status: Option<u16>,
    pub failure: Option<&'a str>,
}

/// Records a call to another service.
pub(crate) fn record_client_call(call: &Call<'_>, elapsed: Duration) {
    let mut labels = vec![
        ("http.request.method", call.method.to_owned()),
        ("url.template", call.template.to_owned()),
        ("server.address", call.server.to_owned()),
        ("server.port", call.port.to_string()),
    ];
    if let Some(status) = call.status {
        labels.push(("http.response.status_code", status.to_string()));
    }
    if let Some(failure) = call.failure {
        labels.push(("error.type", failure.to_owned()));
    }
    histogram!(CALL_DURATION, &labels).record(elapsed.as_secs_f64());
}

/// Records an SQL statement.
pub(crate) fn record_query(
    system: &'static str,
    operation: &'static str,
    table: &str,
    failed: bool,
    elapsed: Duration,
) {
    let mut labels = vec![
        ("db.system.name", system.to_owned()),
        ("db.operation.name", operation.to_owned()),
        ("db.collection.name", table.to_owned()),
    ];
    if failed {
        labels.push(("error.type", "_OTHER".to_owned()));
    }
    histogram!(QUERY_DURATION, &labels).record(elapsed.as_secs_f64());
}

/// Publishes the state of a breaker.
pub(crate) fn set_breaker_state(name: &Arc<str>, state: &'static str) {
    for one in ["closed", "open", "half_open", "ramp"] {
        let value = if one == state { 1.0 } else { 0.0 };
        gauge!("breaker.state", "breaker.name" => Arc::clone(name), "breaker.state" => one).set(value);
    }
}

/// Counts a change of state of a breaker.
pub(crate) fn record_breaker_transition(name: &Arc<str>, from: &'static str, to: &'static str) {
    counter!("breaker.transitions", "breaker.name" => Arc::clone(name), "from" => from, "to" => to).increment(1);
    set_breaker_state(name, to);
}

/// Counts a call rejected by a breaker.
pub(crate) fn record_breaker_rejection(name: &Arc<str>, reason: &'static str) {
    counter!("breaker.rejections", "breaker.name" => Arc::clone(name), "reason" => reason).increment(1);
}
