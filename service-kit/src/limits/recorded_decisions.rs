//! What the gates said of a request, on its answer.

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpMessage, HttpRequest};
use limiter_lib::actix::RateLimitStatus;
use limiter_lib::{Decision, Mode, Outcome};

use super::endpoint_limits::EndpointLimits;
use super::per::Subject;
use crate::endpoint::Mounted;

/// Decisions of the second gate on one request; the newest of each subject.
#[derive(Default)]
pub(super) struct RecordedDecisions(Vec<(Subject, Vec<Decision>)>);

impl RecordedDecisions {
    /// Takes note of what was said about `subject`.
    pub fn record(request: &HttpRequest, subject: Subject, decisions: Vec<Decision>) {
        let mut extensions = request.extensions_mut();
        if let Some(said) = extensions.get_mut::<Self>() {
            said.0.retain(|(known, _)| *known != subject);
            said.0.push((subject, decisions));
        } else {
            extensions.insert(Self(vec![(subject, decisions)]));
        }
    }
}

/// Puts the fields of the second gate on an answer; those of the first are there already. Not on redirections and 304,
/// like the first: a cache would keep them for others.
pub(crate) fn write_headers(request: &HttpRequest, status: StatusCode, headers: &mut HeaderMap) {
    let Some(limits) = Mounted::limits(request) else { return };
    let extensions = request.extensions();
    if let Some(said) = extensions.get::<RecordedDecisions>()
        && !status.is_redirection()
    {
        for (subject, decisions) in &said.0 {
            limits.group(*subject).fields.write(decisions, headers);
        }
    }
    if limits.in_shadow {
        let first = extensions.get::<RateLimitStatus>().map(RateLimitStatus::decisions).unwrap_or_default();
        let second = extensions.get::<RecordedDecisions>().into_iter().flat_map(|said| &said.0);
        first
            .iter()
            .chain(second.flat_map(|(_, decisions)| decisions))
            .for_each(|decision| log_shadow_denial(limits, decision));
    }
}

/// A limit in shadow is tried out to see whom it would refuse.
fn log_shadow_denial(limits: &EndpointLimits, decision: &Decision) {
    if decision.policy.get_mode() == Mode::Shadow && matches!(decision.outcome, Outcome::Deny { .. }) {
        tracing::info!(
            policy = decision.policy.name(),
            endpoint = limits.id,
            "a limit in shadow would have refused this"
        );
    }
}
