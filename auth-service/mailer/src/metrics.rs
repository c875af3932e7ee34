//! Metric `auth.mails`, through the `metrics` facade.

use metrics::{counter, describe_counter};

const MAILS: &str = "auth.mails";

/// Describes the metric for `/metrics`.
pub(crate) fn describe() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_counter!(MAILS, "Mails by outcome: sent, lost.");
}

/// Counts a mail that was sent.
pub(crate) fn record_sent() {
    counter!(MAILS, "outcome" => "sent").increment(1);
}

/// Counts a mail that is lost.
pub(crate) fn record_lost() {
    counter!(MAILS, "outcome" => "lost").increment(1);
}
