//! `GET /metrics`, and the metrics of requests.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use actix_web::{HttpResponse, ResponseError};
use contracts::codes;
use metrics::{Histogram, Unit, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use super::method::method_label;
use crate::base::error::ApiError;
use crate::telemetry::metrics as recorder;
use crate::{client, database};

/// Path of the metrics.
pub(crate) const PATH: &str = "/metrics";

const REQUEST_DURATION: &str = "http.server.request.duration";

/// Installs the recorder of this process and describes the metrics of all layers.
pub(super) fn install() {
    recorder::install();
    client::metrics::describe();
    database::metrics::describe();
    limiter_lib::describe_metrics();
    describe();
}

fn describe() {
    describe_histogram!(REQUEST_DURATION, Unit::Seconds, "Requests, from their head to the head of their answer.");
    describe_counter!("http.server.rejections", "Requests that were rejected before routing, by reason.");
    describe_counter!("http.server.preflights", "CORS preflights, by result: allowed or refused.");
    describe_gauge!("http.server.open_connections", "Connections that are open.");
    describe_counter!("http.server.evicted_connections", "Connections closed to make room for others.");
    describe_gauge!("build.info", "1, with the name and version of the service.");
}

/// Records name and version of the service.
pub(super) fn record_build(service: &'static str, version: &'static str) {
    gauge!("build.info", "service.name" => service, "service.version" => version).set(1.0);
}

/// All metrics as Prometheus text.
pub(super) async fn get_metrics() -> HttpResponse {
    match recorder::render() {
        Some(text) => HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text),
        None => ApiError::new(codes::UNAVAILABLE).detail("this process counts elsewhere").error_response(),
    }
}

thread_local! {
    /// Cached histograms: looking one up by its labels costs several times as much as recording; there are few of them.
    static ROUTE_HISTOGRAMS: RefCell<HashMap<(&'static str, &'static str, u16), Histogram>> = RefCell::default();
}

/// Records a request that was responded to.
pub(super) fn record_request(method: &str, route: Option<&'static str>, status: u16, elapsed: Duration) {
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
