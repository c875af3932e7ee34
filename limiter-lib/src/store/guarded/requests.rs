//! Properties of requests and replies, for the guard.

use crate::{
    decision::Source,
    policy::{Consistency, Mode},
    store::{Action, LimitRequest, StoreReplies, StoreReply},
};

/// `true` for a limit that only this process counts.
pub(super) fn is_local(request: &LimitRequest) -> bool {
    request.policy.get_consistency() == Consistency::Local
}

/// `true` when a request can be refused.
pub(super) fn is_refusable(request: &LimitRequest) -> bool {
    matches!(request.action, Action::Take(_) | Action::TakeUpTo(_))
}

pub(super) fn units(request: &LimitRequest) -> u32 {
    match request.action {
        Action::Take(units) | Action::TakeUpTo(units) | Action::Charge(units) => units,
        Action::Refund(_) => 0,
    }
}

pub(super) fn refuses(requests: &[LimitRequest], replies: &StoreReplies) -> bool {
    requests.iter().zip(replies).any(|(request, reply)| request.policy.get_mode() == Mode::Enforce && reply.exceeds())
}

/// The same requests, of which those that enforce take nothing: another limit has refused.
pub(super) fn peek(requests: &[LimitRequest]) -> Vec<LimitRequest> {
    let to_peek = |request: &LimitRequest| match (request.action, request.policy.get_mode()) {
        (Action::Take(_), Mode::Enforce) => LimitRequest { action: Action::Take(0), ..request.clone() },
        _ => request.clone(),
    };
    requests.iter().map(to_peek).collect()
}

pub(super) fn refund_of(request: &LimitRequest) -> Option<LimitRequest> {
    match (request.action, request.policy.get_mode()) {
        (Action::Take(units), Mode::Enforce) => Some(LimitRequest { action: Action::Refund(units), ..request.clone() }),
        _ => None,
    }
}

/// A local reply with its source: a local limit is no fallback.
pub(super) fn with_source(request: &LimitRequest, reply: StoreReply) -> StoreReply {
    let source = if is_local(request) { Source::Store } else { Source::Fallback };
    StoreReply { source, ..reply }
}
