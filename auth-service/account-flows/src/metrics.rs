//! Metrics of sessions, through the `metrics` facade.

use ::metrics::{counter, describe_counter};

const REPEAT_ALARMS: &str = "auth.sessions.repeat_alarms";

/// Describes the metrics for `/metrics`.
pub(super) fn describe() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_counter!(REPEAT_ALARMS, "Sessions whose refresh tokens were repeated 30 times within a day.");
    counter!(REPEAT_ALARMS).increment(0); // an alert sees the first increase only after a 0
}

/// Counts a session that raised its alarm.
pub(super) fn record_repeat_alarm() {
    counter!(REPEAT_ALARMS).increment(1);
}
