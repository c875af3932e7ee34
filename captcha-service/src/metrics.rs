//! Metrics, through the `metrics` facade. No label contains a device, an address or an answer.

use std::time::Duration;

use contracts::captcha::Action;
use contracts::captcha::feedback::Outcome;
use contracts::captcha::siteverify::ErrorCode;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::domain::{AnswerResult, Challenge, FailureReason};

/// Describes all metrics for `/metrics`.
pub fn describe() {
    service_kit::telemetry::metrics::install(); // descriptions before a recorder is installed are lost
    describe_counter!("captcha.issued", "Challenges that were opened, by level, action and modality.");
    describe_histogram!("captcha.risk", "Risk of the requests that challenges were opened for, 0 to 100.");
    describe_counter!("captcha.refused", "Challenges that were not opened, by reason.");
    describe_counter!("captcha.answers", "Answers to pictures, by result and reason.");
    describe_histogram!(
        "captcha.solve.duration",
        Unit::Seconds,
        "Time from the first picture to the right answer, by level."
    );
    describe_histogram!("captcha.rounds", "Pictures up to the right answer, by level.");
    describe_counter!("captcha.siteverify", "Verdicts on passes, by code.");
    describe_counter!("captcha.double_spend.blocked", "Passes that were redeemed a second time.");
    describe_counter!("captcha.feedback", "Outcomes that services reported.");
    describe_counter!("captcha.decisions", "Assessments, by action and decision.");
    describe_histogram!("captcha.render.duration", Unit::Seconds, "Drawing one picture.");
    describe_counter!("captcha.store.errors", "Failures of the shared store.");
    describe_gauge!("captcha.degraded", "1 while this process works without the shared store.");
    describe_gauge!("captcha.live.sessions", "Challenges in the memory of this process.");
    describe_gauge!("captcha.devices", "Devices in the memory of this process.");
}

/// Counts an opened challenge.
pub fn record_issued(challenge: &Challenge) {
    let modality = if challenge.presentation().audio { "audio" } else { "image" };
    let (level, action) = (level(challenge.level().number()), challenge.action().as_str());
    counter!("captcha.issued", "level" => level, "action" => action, "modality" => modality).increment(1);
    histogram!("captcha.risk").record(f64::from(challenge.risk()));
}

/// Counts a challenge that was not opened.
pub fn record_refusal(reason: &'static str) {
    counter!("captcha.refused", "reason" => reason).increment(1);
}

/// Counts an answer; `took` is the solve time, if the challenge is known.
pub fn record_answer(answer: &AnswerResult, took: Option<Duration>) {
    let (result, reason) = match answer {
        AnswerResult::Passed(..) => ("passed", "right"),
        AnswerResult::Again(_, failure) => ("again", reason_label(*failure)),
        AnswerResult::Closed { reason, .. } => ("closed", reason_label(*reason)),
    };
    counter!("captcha.answers", "result" => result, "reason" => reason).increment(1);
    if let (AnswerResult::Passed(pass, challenge), Some(took)) = (answer, took) {
        let level = level(pass.level());
        histogram!("captcha.solve.duration", "level" => level).record(took.as_secs_f64());
        histogram!("captcha.rounds", "level" => level).record(f64::from(challenge.round()));
    }
}

/// Counts a verdict.
pub fn record_verdict(code: Option<ErrorCode>, repeated: bool) {
    let label = match code {
        None => "success",
        Some(ErrorCode::MissingInputSecret) => "missing-input-secret",
        Some(ErrorCode::InvalidInputSecret) => "invalid-input-secret",
        Some(ErrorCode::MissingInputResponse) => "missing-input-response",
        Some(ErrorCode::InvalidInputResponse) => "invalid-input-response",
        Some(ErrorCode::BadRequest) => "bad-request",
        Some(ErrorCode::TimeoutOrDuplicate) => "timeout-or-duplicate",
        Some(ErrorCode::InternalError) => "internal-error",
        Some(ErrorCode::SitekeySecretMismatch) => "sitekey-secret-mismatch",
        Some(ErrorCode::ActionMismatch) => "action-mismatch",
        Some(ErrorCode::DeviceMismatch) => "device-mismatch",
        Some(ErrorCode::AssessmentMismatch) => "assessment-mismatch",
    };
    counter!("captcha.siteverify", "code" => label).increment(1);
    if repeated {
        counter!("captcha.double_spend.blocked").increment(1);
    }
}

/// Counts a reported outcome.
pub fn record_outcome(outcome: Outcome) {
    let label = match outcome {
        Outcome::LoginOk => "login_ok",
        Outcome::BadPassword => "bad_password",
        Outcome::Fraud => "fraud",
    };
    counter!("captcha.feedback", "outcome" => label).increment(1);
}

/// Counts an assessment.
pub fn record_decision(action: Action, decision: &'static str) {
    counter!("captcha.decisions", "action" => action.as_str(), "decision" => decision).increment(1);
}

/// Records the time to draw a picture.
pub fn record_render(took: Duration) {
    histogram!("captcha.render.duration").record(took.as_secs_f64());
}

/// Counts a failure of the shared store.
pub fn record_store_failure() {
    counter!("captcha.store.errors").increment(1);
}

/// Sets the degradation gauge.
pub fn set_degraded(degraded: bool) {
    gauge!("captcha.degraded").set(if degraded { 1.0 } else { 0.0 });
}

/// Sets the gauges of records in this process.
pub fn set_record_counts(challenges: usize, devices: usize) {
    gauge!("captcha.live.sessions").set(challenges as f64);
    gauge!("captcha.devices").set(devices as f64);
}

fn reason_label(failure: FailureReason) -> &'static str {
    match failure {
        FailureReason::Wrong => "wrong",
        FailureReason::Halfway => "halfway",
        FailureReason::TooFast => "too_fast",
        FailureReason::Stale => "stale",
        FailureReason::TooMany => "too_many",
        FailureReason::NoPassLeft => "no_pass_left",
        FailureReason::Expired => "expired",
        FailureReason::Unknown => "unknown",
    }
}

fn level(number: u8) -> &'static str {
    match number {
        0 | 1 => "1",
        2 => "2",
        _ => "3",
    }
}
