//! Several limits in one call: all that enforce take their units, or none does.

use smallvec::SmallVec;

use super::{
    share::lowered,
    slot_address::SlotAddress,
    store::{LocatedRequest, MemoryStore},
};
use crate::store::{Action, LimitRequest, MAX_REQUESTS, StoreOutcome, StoreReplies, StoreReply};

impl MemoryStore {
    /// Several limits: peeks at all that enforce, then takes.
    #[inline(never)]
    pub(super) fn take_all(&self, requests: &[LimitRequest]) -> Option<StoreReplies> {
        let now = self.clock.now();
        let located: SmallVec<[LocatedRequest; MAX_REQUESTS]> =
            requests.iter().map(|request| self.locate(&request.policy, request.key, request.action)).collect();
        let mut peeked: SmallVec<[StoreOutcome; MAX_REQUESTS]> = SmallVec::new();
        let mut refused = false;
        for (index, target) in located.iter().enumerate() {
            let outcome = match target.action {
                Action::Take(units) if target.joint => {
                    let before = taken_before(&located[..index], &peeked, target.address);
                    let outcome = self.peek(target, before, target.share.increment(units), now);
                    refused |= matches!(outcome, StoreOutcome::Exceeds { .. });
                    outcome
                }
                _ => self.act(*target),
            };
            peeked.push(outcome);
        }
        let outcomes = if refused { peeked } else { self.take_located(&located, peeked, now) };
        Some(outcomes.into_iter().map(|outcome| StoreReply { outcome, source: self.source }).collect())
    }

    /// The outcome of a take after `before` ticks of the same call. Changes nothing.
    fn peek(&self, target: &LocatedRequest, before: u64, increment: u64, now: u64) -> StoreOutcome {
        while let Some(slot) = self.table.find(target.address) {
            let stored = slot.tat();
            if slot.raise(target.address, stored, stored) {
                // A TAT that is too far ahead is corrected by the take itself.
                return target.share.peek(stored.min(target.share.farthest(now)), now, before, increment);
            }
        }
        target.share.peek(0, now, before, increment)
    }

    /// Takes the units that conformed at `peeked_at`; refunds them when another call interfered.
    fn take_located(
        &self,
        located: &[LocatedRequest],
        peeked: SmallVec<[StoreOutcome; MAX_REQUESTS]>,
        peeked_at: u64,
    ) -> SmallVec<[StoreOutcome; MAX_REQUESTS]> {
        let mut outcomes = peeked.clone();
        for (index, target) in located.iter().enumerate().filter(|(_, target)| target.joint) {
            outcomes[index] = self.act(*target);
            if let refusal @ StoreOutcome::Exceeds { .. } = outcomes[index] {
                located[..index].iter().filter(|taken| taken.joint).for_each(|taken| self.refund(taken, peeked_at));
                let mut refused = peeked;
                refused[index] = refusal;
                return refused;
            }
        }
        outcomes
    }

    /// Refunds units taken at `taken_at` or a little later.
    #[cold]
    fn refund(&self, target: &LocatedRequest, taken_at: u64) {
        let Action::Take(units) = target.action else { return };
        let locked = self.table.lock(target.address);
        locked.change(|stored| {
            let now = self.clock.now();
            let held_for = now.saturating_sub(taken_at);
            (lowered(stored, target.share.increment(units).saturating_sub(held_for), now), ())
        });
    }
}

/// Ticks that earlier requests of a call are going to take from the same key.
fn taken_before(located: &[LocatedRequest], peeked: &[StoreOutcome], address: SlotAddress) -> u64 {
    let takes = |(target, outcome): (&LocatedRequest, &StoreOutcome)| match (target.action, outcome) {
        (Action::Take(units), StoreOutcome::Conforms { .. }) if target.joint && target.address == address => {
            target.share.increment(units)
        }
        _ => 0,
    };
    located.iter().zip(peeked).map(takes).fold(0, u64::saturating_add)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{clock::Clock, gcra::TICKS_PER_MILLISECOND, key::Key, policy::Policy, quota::Quota, store::Store};

    #[test]
    fn units_taken_are_refunded_when_a_later_limit_refuses() {
        let clock = Clock::manual();
        let store = MemoryStore::with_clock(64, clock.clone());
        let quota = Quota::per_second(1).unwrap().with_burst(10).unwrap();
        let (wide, narrow) = (Policy::new("wide", quota).unwrap(), Policy::new("narrow", quota).unwrap());
        let requests = [LimitRequest::take(&wide, Key::user("1"), 4), LimitRequest::take(&narrow, Key::user("1"), 4)];
        let unit = quota.rule().interval;
        store.decide_now(&[LimitRequest::take(&wide, Key::user("1"), 3)]);

        // Both conformed at the peek; then another call took the second.
        let located: SmallVec<[LocatedRequest; MAX_REQUESTS]> =
            requests.iter().map(|request| store.locate(&request.policy, request.key, request.action)).collect();
        let peeked = SmallVec::from_elem(StoreOutcome::Conforms { until_idle: 77, granted: 0 }, 2);
        store.decide_now(&[LimitRequest::take(&narrow, Key::user("1"), 8)]);
        let now = clock.now();
        clock.advance(Duration::from_micros(2));
        let outcomes = store.take_located(&located, peeked, now);

        let wait = 2 * unit - 2 * TICKS_PER_MILLISECOND / 1_000;
        let refused = [StoreOutcome::Conforms { until_idle: 77, granted: 0 }, StoreOutcome::Exceeds { wait }];
        assert_eq!(outcomes.as_slice(), refused);
        let left = store.decide_now(&[LimitRequest::take(&wide, Key::user("1"), 0)]).unwrap()[0].outcome;
        // Two microseconds passed, but not for the units that were held through them.
        assert_eq!(left, StoreOutcome::Conforms { until_idle: 3 * unit, granted: 0 });
    }
}
