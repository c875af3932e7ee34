//! [`MemoryStore`]: actions on the table.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use metrics::{Counter, counter};

use super::{
    share::{Effect, Share},
    slot_address::{HashSeed, SlotAddress},
    table::{Locked, Placed, Table},
};
use crate::{
    clock::Clock,
    decision::Source,
    key::Key,
    policy::{Mode, Overflow, Policy},
    store::{Action, LimitRequest, Store, StoreFuture, StoreOutcome, StoreReplies, StoreReply},
};

/// Slots of a store that says nothing else: 4 MiB.
pub const DEFAULT_CAPACITY: usize = 1 << 18;
/// The most slots: 4 GiB.
pub const MAX_CAPACITY: usize = 1 << 28;
const MIN_CAPACITY: usize = 8;

/// Decides in this process, each call in some 20 to 80 ns; [how](super).
///
/// Every policy of one store needs a name of its own. What a key has used is kept when the quota of its policy changes,
/// not when its [`Overflow`] does.
pub struct MemoryStore {
    pub(super) table: Table,
    secret: HashSeed,
    capacity: usize,
    pub(super) clock: Clock,
    /// Whom the quotas are divided by; nobody when absent.
    replicas: Option<Arc<AtomicU32>>,
    pub(super) source: Source,
    evictions: OnceLock<Counter>,
}

/// One ask, looked up.
#[derive(Clone, Copy)]
pub(super) struct LocatedRequest {
    pub place: SlotAddress,
    pub share: Share,
    pub action: Action,
    forget: bool,
    /// Whether it takes part in all or nothing: it enforces, and does more than look.
    pub bound: bool,
}

impl MemoryStore {
    /// A store of `capacity` slots of 16 bytes, rounded up to a power of two between 8 and [`MAX_CAPACITY`]. Memory is
    /// used as keys come.
    ///
    /// # Panics
    /// When the system refuses the memory.
    pub fn new(capacity: usize) -> Self {
        Self::with_clock(capacity, Clock::new())
    }

    /// As [`MemoryStore::new`], by the given clock.
    ///
    /// # Panics
    /// As [`MemoryStore::new`].
    pub fn with_clock(capacity: usize, clock: Clock) -> Self {
        let capacity = capacity.clamp(MIN_CAPACITY, MAX_CAPACITY).next_power_of_two();
        Self {
            table: Table::new(capacity),
            secret: HashSeed::random(),
            capacity,
            clock,
            replicas: None,
            source: Source::Store,
            evictions: OnceLock::new(),
        }
    }

    /// Divides every quota by a number of replicas that may change at any time (0 counts as 1): each has `1/n` of the
    /// rate and of the burst. A cost above `burst / n` passes only when its key is idle, and is then paid off in full;
    /// with such costs the fleet admits up to one of them for each replica at once.
    #[must_use]
    pub fn shared_by(self, replicas: Arc<AtomicU32>) -> Self {
        Self { replicas: Some(replicas), ..self }
    }

    /// As [`MemoryStore::shared_by`], for a process that decides in place of a shared store: decisions say
    /// [`Source::Fallback`].
    #[must_use]
    pub fn as_fallback(self, replicas: Arc<AtomicU32>) -> Self {
        Self { source: Source::Fallback, ..self.shared_by(replicas) }
    }

    /// Its slots, 16 bytes each. With up to half as many active keys at once less than 1 % of them find no slot.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Makes a key remember at least the TAT `tat`, in ticks of this store's clock, if there is room for it.
    pub fn seed(&self, policy: &Policy, key: Key, tat: u64) {
        let seat = self.locate(policy, key, Action::Take(0));
        let locked = self.table.lock(seat.place);
        let now = self.clock.now();
        let tat = tat.min(seat.share.farthest(now));
        if locked.change(|stored| (stored.max(tat), ())).is_none() && tat > now {
            // Without room the key counts as idle here, as any other that was forgotten.
            let _ = self.insert(&locked, seat, tat, now);
        }
    }

    #[inline(always)]
    pub(super) fn locate(&self, policy: &Policy, key: Key, action: Action) -> LocatedRequest {
        let replicas = self.replicas.as_ref().map_or(1, |replicas| replicas.load(Ordering::Relaxed));
        LocatedRequest {
            place: self.secret.address_of(policy, key),
            share: Share::new(policy.rule(), replicas),
            action,
            forget: policy.get_overflow() == Overflow::Forget,
            bound: policy.get_mode() == Mode::Enforce && matches!(action, Action::Take(1..)),
        }
    }

    /// One action, by itself.
    #[inline(always)]
    pub(super) fn act(&self, seat: LocatedRequest) -> StoreOutcome {
        if matches!(seat.action, Action::Refund(_)) {
            return self.act_locked(seat);
        }
        while let Some(slot) = self.table.find(seat.place) {
            let stored = slot.tat();
            // Read after the TAT: see the module on time. While memory brings the slot, too, that costs nothing.
            let now = self.clock.now();
            if seat.share.is_too_far(stored, now) {
                break;
            }
            let Effect { tat, answer } = seat.share.effect(seat.action, stored, now);
            if slot.raise(seat.place, stored, tat) {
                return answer;
            }
        }
        self.act_locked(seat)
    }

    /// One action on a key that is not in the table, or whose TAT is to be lowered.
    #[cold]
    #[inline(never)]
    fn act_locked(&self, seat: LocatedRequest) -> StoreOutcome {
        let locked = self.table.lock(seat.place);
        let known = locked.change(|stored| {
            let now = self.clock.now();
            let too_far = seat.share.is_too_far(stored, now);
            let stored = if too_far { seat.share.farthest(now) } else { stored };
            let Effect { tat, answer } = seat.share.effect(seat.action, stored, now);
            (tat, answer)
        });
        if let Some(answer) = known {
            return answer;
        }
        let now = self.clock.now();
        let Effect { tat, answer } = seat.share.effect(seat.action, 0, now);
        if tat <= now {
            return answer;
        }
        match self.insert(&locked, seat, tat, now) {
            Ok(()) => answer,
            Err(wait) => match seat.action {
                Action::Take(_) => StoreOutcome::Exceeds { wait },
                // These cannot be refused: nothing is given, or nothing can be noted.
                _ => StoreOutcome::Conforms { until_idle: wait, granted: 0 },
            },
        }
    }

    fn insert(&self, locked: &Locked<'_>, seat: LocatedRequest, tat: u64, now: u64) -> Result<(), u64> {
        if locked.insert(tat, now, seat.forget)? == Placed::Forgot {
            self.evictions.get_or_init(|| counter!("limiter.memory.evictions")).increment(1);
        }
        Ok(())
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(DEFAULT_CAPACITY)
    }
}

impl Store for MemoryStore {
    fn decide<'a>(&'a self, asks: &'a [LimitRequest]) -> StoreFuture<'a> {
        Box::pin(async move { Ok(self.decide_now(asks).unwrap_or_default()) })
    }

    /// Always answers.
    fn decide_now(&self, asks: &[LimitRequest]) -> Option<StoreReplies> {
        let [ask] = asks else { return self.take_all(asks) };
        self.act_now(&ask.policy, ask.key, ask.action).map(|answer| StoreReplies::from_iter([answer]))
    }

    #[inline]
    fn act_now(&self, policy: &Policy, key: Key, action: Action) -> Option<StoreReply> {
        Some(StoreReply { outcome: self.act(self.locate(policy, key, action)), source: self.source })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("capacity", &self.capacity)
            .field("replicas", &self.replicas)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::AtomicBool,
        thread::{scope, yield_now},
    };

    use super::*;
    use crate::quota::Quota;

    #[test]
    fn a_new_key_that_two_calls_bring_at_once_gets_one_slot() {
        let store = MemoryStore::new(64);
        let policy = Policy::new("a", Quota::per_hour(1).unwrap()).unwrap();
        let seat = store.locate(&policy, Key::user("1"), Action::Take(1));
        let came = AtomicBool::new(false);
        scope(|scope| {
            let locked = store.table.lock(seat.place);
            // This call has looked for the key and not found it.
            let second = scope.spawn(|| {
                came.store(true, Ordering::SeqCst);
                store.act_locked(seat)
            });
            while !came.load(Ordering::SeqCst) {
                yield_now();
            }
            for _ in 0..1_000 {
                yield_now();
            }
            assert!(!second.is_finished(), "it waits for the call that came first");
            let now = store.clock.now();
            assert_eq!(store.insert(&locked, seat, now + policy.rule().tolerance, now), Ok(()));
            drop(locked);
            assert!(matches!(second.join().unwrap(), StoreOutcome::Exceeds { .. }), "its unit is gone");
        });
    }
}
