//! Several limits in one call: all that enforce, or none.

use smallvec::SmallVec;

use super::{
    share::lowered,
    slot_address::SlotAddress,
    store::{LocatedRequest, MemoryStore},
};
use crate::store::{Action, LimitRequest, MAX_REQUESTS, StoreOutcome, StoreReplies, StoreReply};

impl MemoryStore {
    /// Several limits: looks at all that are bound together, then takes.
    #[inline(never)]
    pub(super) fn take_all(&self, asks: &[LimitRequest]) -> Option<StoreReplies> {
        let now = self.clock.now();
        let seats: SmallVec<[LocatedRequest; MAX_REQUESTS]> =
            asks.iter().map(|ask| self.locate(&ask.policy, ask.key, ask.action)).collect();
        let mut looked: SmallVec<[StoreOutcome; MAX_REQUESTS]> = SmallVec::new();
        let mut refused = false;
        for (index, seat) in seats.iter().enumerate() {
            let answer = match seat.action {
                Action::Take(units) if seat.bound => {
                    let before = taken_before(&seats[..index], &looked, seat.place);
                    let answer = self.look(seat, before, seat.share.increment(units), now);
                    refused |= matches!(answer, StoreOutcome::Exceeds { .. });
                    answer
                }
                _ => self.act(*seat),
            };
            looked.push(answer);
        }
        let answers = if refused { looked } else { self.take_located(&seats, looked, now) };
        Some(answers.into_iter().map(|outcome| StoreReply { outcome, source: self.source }).collect())
    }

    /// What a take would be told after `before` ticks of the same call. Changes nothing.
    fn look(&self, seat: &LocatedRequest, before: u64, increment: u64, now: u64) -> StoreOutcome {
        while let Some(slot) = self.table.find(seat.place) {
            let stored = slot.tat();
            if slot.raise(seat.place, stored, stored) {
                // A TAT that is too far ahead is put right by the take itself.
                return seat.share.look(stored.min(seat.share.farthest(now)), now, before, increment);
            }
        }
        seat.share.look(0, now, before, increment)
    }

    /// Takes what was found to conform at `looked_at`; gives it back when something came in between.
    fn take_located(
        &self,
        seats: &[LocatedRequest],
        looked: SmallVec<[StoreOutcome; MAX_REQUESTS]>,
        looked_at: u64,
    ) -> SmallVec<[StoreOutcome; MAX_REQUESTS]> {
        let mut answers = looked.clone();
        for (index, seat) in seats.iter().enumerate().filter(|(_, seat)| seat.bound) {
            answers[index] = self.act(*seat);
            if let refusal @ StoreOutcome::Exceeds { .. } = answers[index] {
                seats[..index].iter().filter(|taken| taken.bound).for_each(|taken| self.give_back(taken, looked_at));
                let mut refused = looked;
                refused[index] = refusal;
                return refused;
            }
        }
        answers
    }

    /// Gives back what was taken at `taken_at` or a little later.
    #[cold]
    fn give_back(&self, seat: &LocatedRequest, taken_at: u64) {
        let Action::Take(units) = seat.action else { return };
        let locked = self.table.lock(seat.place);
        locked.change(|stored| {
            let now = self.clock.now();
            let held = now.saturating_sub(taken_at);
            (lowered(stored, seat.share.increment(units).saturating_sub(held), now), ())
        });
    }
}

/// Ticks that earlier asks of a call are going to take from the same key.
fn taken_before(seats: &[LocatedRequest], looked: &[StoreOutcome], place: SlotAddress) -> u64 {
    let takes = |(seat, answer): (&LocatedRequest, &StoreOutcome)| match (seat.action, answer) {
        (Action::Take(units), StoreOutcome::Conforms { .. }) if seat.bound && seat.place == place => {
            seat.share.increment(units)
        }
        _ => 0,
    };
    seats.iter().zip(looked).map(takes).fold(0, u64::saturating_add)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{clock::Clock, gcra::TICKS_PER_MILLISECOND, key::Key, policy::Policy, quota::Quota, store::Store};

    #[test]
    fn what_was_taken_is_given_back_when_a_later_limit_refuses_after_all() {
        let clock = Clock::manual();
        let store = MemoryStore::with_clock(64, clock.clone());
        let quota = Quota::per_second(1).unwrap().with_burst(10).unwrap();
        let (wide, narrow) = (Policy::new("wide", quota).unwrap(), Policy::new("narrow", quota).unwrap());
        let asks = [LimitRequest::take(&wide, Key::user("1"), 4), LimitRequest::take(&narrow, Key::user("1"), 4)];
        let unit = quota.rule().interval;
        store.decide_now(&[LimitRequest::take(&wide, Key::user("1"), 3)]);

        // Both conformed when they were looked at; then another call took the second.
        let seats: SmallVec<[LocatedRequest; MAX_REQUESTS]> =
            asks.iter().map(|ask| store.locate(&ask.policy, ask.key, ask.action)).collect();
        let looked = SmallVec::from_elem(StoreOutcome::Conforms { until_idle: 77, granted: 0 }, 2);
        store.decide_now(&[LimitRequest::take(&narrow, Key::user("1"), 8)]);
        let now = clock.now();
        clock.advance(Duration::from_micros(2));
        let answers = store.take_located(&seats, looked, now);

        let wait = 2 * unit - 2 * TICKS_PER_MILLISECOND / 1_000;
        let refused = [StoreOutcome::Conforms { until_idle: 77, granted: 0 }, StoreOutcome::Exceeds { wait }];
        assert_eq!(answers.as_slice(), refused);
        let left = store.decide_now(&[LimitRequest::take(&wide, Key::user("1"), 0)]).unwrap()[0].outcome;
        // Two microseconds passed, but not for what was held through them.
        assert_eq!(left, StoreOutcome::Conforms { until_idle: 3 * unit, granted: 0 });
    }
}
