//! Decisions of [`SubjectLimits`](super::SubjectLimits) on a request, reported in its response headers.

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpMessage, HttpRequest};
use limiter_lib::actix::RateLimitStatus;
use limiter_lib::{Decision, Mode, Outcome};

use super::endpoint_limits::EndpointLimits;
use super::per::Subject;

/// Decisions on one request; the newest of each subject.
#[derive(Default)]
pub(super) struct RecordedDecisions(Vec<(Subject, Vec<Decision>)>);

impl RecordedDecisions {
    /// Records the decisions about `subject`, replacing earlier ones.
    pub fn record(request: &HttpRequest, subject: Subject, decisions: Vec<Decision>) {
        let mut extensions = request.extensions_mut();
        if let Some(recorded) = extensions.get_mut::<Self>() {
            recorded.0.retain(|(other, _)| *other != subject);
            recorded.0.push((subject, decisions));
        } else {
            extensions.insert(Self(vec![(subject, decisions)]));
        }
    }
}

/// Writes the header fields of the subject limits; those of the middleware are present already. Not on redirections and
/// 304, as there: a cache would serve them to other clients.
pub(in crate::server) fn write_headers(request: &HttpRequest, status: StatusCode, headers: &mut HeaderMap) {
    let Some(limits) = EndpointLimits::matched(request) else { return };
    let extensions = request.extensions();
    if let Some(recorded) = extensions.get::<RecordedDecisions>()
        && !status.is_redirection()
    {
        for (subject, decisions) in &recorded.0 {
            limits.group(*subject).fields.write(decisions, headers);
        }
    }
    if limits.in_shadow {
        let first = extensions.get::<RateLimitStatus>().map(RateLimitStatus::decisions).unwrap_or_default();
        let second = extensions.get::<RecordedDecisions>().into_iter().flat_map(|recorded| &recorded.0);
        first
            .iter()
            .chain(second.flat_map(|(_, decisions)| decisions))
            .for_each(|decision| log_shadow_denial(limits, decision));
    }
}

/// Logs a denial in shadow mode, for evaluating a limit before it is enforced.
fn log_shadow_denial(limits: &EndpointLimits, decision: &Decision) {
    if decision.policy.get_mode() == Mode::Shadow && matches!(decision.outcome, Outcome::Deny { .. }) {
        tracing::info!(
            policy = decision.policy.name(),
            endpoint = limits.id,
            "a limit in shadow would have refused this"
        );
    }
}
