//! Metric `auth.mails`, through the `metrics` facade.

use metrics::{counter, describe_counter};

const MAILS: &str = "auth.mails";

/// Describes the metric for `/metrics`.
pub(crate) fn describe() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_counter!(MAILS, "Mails by outcome: sent, delayed, lost, merged, over_budget, over_day_budget.");
}

/// Counts a mail that was sent.
pub(crate) fn record_sent() {
    counter!(MAILS, "outcome" => "sent").increment(1);
}

/// Counts an attempt that failed and will be repeated.
pub(crate) fn record_delayed() {
    counter!(MAILS, "outcome" => "delayed").increment(1);
}

/// Counts a mail that is lost.
pub(crate) fn record_lost() {
    counter!(MAILS, "outcome" => "lost").increment(1);
}

/// Counts a notice that was merged into an earlier one.
pub(crate) fn record_merged() {
    counter!(MAILS, "outcome" => "merged").increment(1);
}

/// Counts a mail withheld by the budget of its address.
pub(crate) fn record_over_budget() {
    counter!(MAILS, "outcome" => "over_budget").increment(1);
}

/// Counts a mail withheld by the budget of the day.
pub(crate) fn record_over_day_budget() {
    counter!(MAILS, "outcome" => "over_day_budget").increment(1);
}
