//! Metrics of calls to other services.

use std::time::Duration;

use metrics::{Unit, describe_histogram, histogram};

use super::breaker;

const CALL_DURATION: &str = "http.client.request.duration";

/// Describes the metrics of this layer.
pub(crate) fn describe() {
    describe_histogram!(CALL_DURATION, Unit::Seconds, "Calls to other services, each attempt.");
    breaker::metrics::describe();
}

/// A finished call.
pub(super) struct Call<'a> {
    pub method: &'static str,
    pub template: &'static str,
    pub server: &'a str,
    pub port: u16,
    pub status: Option<u16>,
    pub failure: Option<&'a str>,
}

/// Records a call to another service.
pub(super) fn record_client_call(call: &Call<'_>, elapsed: Duration) {
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
