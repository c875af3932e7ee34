//! What the guard reads off asks and answers.

use crate::{
    decision::Source,
    policy::{Consistency, Mode},
    store::{Action, LimitRequest, StoreReplies, StoreReply},
};

/// Whether a limit is this process's own.
pub(super) fn is_local(ask: &LimitRequest) -> bool {
    ask.policy.get_consistency() == Consistency::Local
}

/// Whether an ask may be refused.
pub(super) fn takes(ask: &LimitRequest) -> bool {
    matches!(ask.action, Action::Take(_) | Action::TakeUpTo(_))
}

pub(super) fn units(ask: &LimitRequest) -> u32 {
    match ask.action {
        Action::Take(units) | Action::TakeUpTo(units) | Action::Charge(units) => units,
        Action::Refund(_) => 0,
    }
}

pub(super) fn refuses(asks: &[LimitRequest], answers: &StoreReplies) -> bool {
    asks.iter().zip(answers).any(|(ask, answer)| ask.policy.get_mode() == Mode::Enforce && answer.exceeds())
}

/// The same asks, of which those that enforce only look: another limit has refused.
pub(super) fn peek(asks: &[LimitRequest]) -> Vec<LimitRequest> {
    let look = |ask: &LimitRequest| match (ask.action, ask.policy.get_mode()) {
        (Action::Take(_), Mode::Enforce) => LimitRequest { action: Action::Take(0), ..ask.clone() },
        _ => ask.clone(),
    };
    asks.iter().map(look).collect()
}

pub(super) fn refund_of(ask: &LimitRequest) -> Option<LimitRequest> {
    match (ask.action, ask.policy.get_mode()) {
        (Action::Take(units), Mode::Enforce) => Some(LimitRequest { action: Action::Refund(units), ..ask.clone() }),
        _ => None,
    }
}

/// A limit of this process's own is no fallback.
pub(super) fn from(ask: &LimitRequest, answer: StoreReply) -> StoreReply {
    let source = if is_local(ask) { Source::Store } else { Source::Fallback };
    StoreReply { source, ..answer }
}
