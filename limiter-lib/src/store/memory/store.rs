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
    table::{Insertion, Locked, Table},
};
use crate::{
    clock::Clock,
    decision::Source,
    key::Key,
    policy::{Mode, Overflow, Policy},
    store::{Action, LimitRequest, Store, StoreFuture, StoreOutcome, StoreReplies, StoreReply},
};

/// Slots by default: 4 MiB.
pub const DEFAULT_CAPACITY: usize = 1 << 18;
/// The most slots: 4 GiB.
pub const MAX_CAPACITY: usize = 1 << 28;
const MIN_CAPACITY: usize = 8;

/// Decides in this process, each call in some 20 to 80 ns; see the [module](super).
///
/// Every policy of one store needs a unique name. The usage of a key survives a change of its policy's quota, not of
/// its [`Overflow`].
pub struct MemoryStore {
    pub(super) table: Table,
    hash_seed: HashSeed,
    capacity: usize,
    pub(super) clock: Clock,
    /// The divisor of the quotas; `None` leaves them whole.
    replicas: Option<Arc<AtomicU32>>,
    pub(super) source: Source,
    evictions: OnceLock<Counter>,
}

/// A request with the address of its key.
#[derive(Clone, Copy)]
pub(super) struct LocatedRequest {
    pub address: SlotAddress,
    pub share: Share,
    pub action: Action,
    may_evict: bool,
    /// Part of all-or-nothing: the limit enforces, and the action takes units.
    pub joint: bool,
}

impl MemoryStore {
    /// A store of `capacity` slots of 16 bytes, rounded up to a power of two between 8 and [`MAX_CAPACITY`]. The system
    /// commits memory as slots are first used.
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
            hash_seed: HashSeed::random(),
            capacity,
            clock,
            replicas: None,
            source: Source::Store,
            evictions: OnceLock::new(),
        }
    }

    /// Divides every quota by a number of replicas that may change at any time (0 counts as 1): each has `1/n` of the
    /// rate and of the burst. A cost above `burst / n` passes only when its key is idle, and is then paid off in full;
    /// of such requests the fleet admits up to one for each replica at once.
    #[must_use]
    pub fn shared_by(self, replicas: Arc<AtomicU32>) -> Self {
        Self { replicas: Some(replicas), ..self }
    }

    /// As [`MemoryStore::shared_by`], for a process that decides in place of a shared store: decisions have
    /// [`Source::Fallback`].
    #[must_use]
    pub fn as_fallback(self, replicas: Arc<AtomicU32>) -> Self {
        Self { source: Source::Fallback, ..self.shared_by(replicas) }
    }

    /// The number of slots, 16 bytes each. With up to half as many active keys less than 1 % of them find no slot.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Raises a key to at least the TAT `tat`, in ticks of this store's clock, if there is a slot for it.
    pub fn seed(&self, policy: &Policy, key: Key, tat: u64) {
        let target = self.locate(policy, key, Action::Take(0));
        let locked = self.table.lock(target.address);
        let now = self.clock.now();
        let tat = tat.min(target.share.farthest(now));
        if locked.change(|stored| (stored.max(tat), ())).is_none() && tat > now {
            // Without a slot the key counts as idle here, as any evicted one.
            let _ = self.insert(&locked, target, tat, now);
        }
    }

    #[inline(always)]
    pub(super) fn locate(&self, policy: &Policy, key: Key, action: Action) -> LocatedRequest {
        let replicas = self.replicas.as_ref().map_or(1, |replicas| replicas.load(Ordering::Relaxed));
        LocatedRequest {
            address: self.hash_seed.address_of(policy, key),
            share: Share::new(policy.rule(), replicas),
            action,
            may_evict: policy.get_overflow() == Overflow::Forget,
            joint: policy.get_mode() == Mode::Enforce && matches!(action, Action::Take(1..)),
        }
    }

    /// Executes one action.
    #[inline(always)]
    pub(super) fn act(&self, target: LocatedRequest) -> StoreOutcome {
        if matches!(target.action, Action::Refund(_)) {
            return self.act_locked(target);
        }
        while let Some(slot) = self.table.find(target.address) {
            let stored = slot.tat();
            // Read after the TAT: see "Order of clock and TAT" in the module. It overlaps the load of the slot, so it
            // is free.
            let now = self.clock.now();
            if target.share.is_too_far(stored, now) {
                break;
            }
            let Effect { tat, outcome } = target.share.effect(target.action, stored, now);
            if slot.raise(target.address, stored, tat) {
                return outcome;
            }
        }
        self.act_locked(target)
    }

    /// Executes one action on a key that is not in the table, or of which the TAT is lowered.
    #[cold]
    #[inline(never)]
    fn act_locked(&self, target: LocatedRequest) -> StoreOutcome {
        let locked = self.table.lock(target.address);
        let changed = locked.change(|stored| {
            let now = self.clock.now();
            let too_far = target.share.is_too_far(stored, now);
            let stored = if too_far { target.share.farthest(now) } else { stored };
            let Effect { tat, outcome } = target.share.effect(target.action, stored, now);
            (tat, outcome)
        });
        if let Some(outcome) = changed {
            return outcome;
        }
        let now = self.clock.now();
        let Effect { tat, outcome } = target.share.effect(target.action, 0, now);
        if tat <= now {
            return outcome;
        }
        match self.insert(&locked, target, tat, now) {
            Ok(()) => outcome,
            Err(wait) => match target.action {
                Action::Take(_) => StoreOutcome::Exceeds { wait },
                // These cannot be refused: nothing is granted, or nothing can be recorded.
                _ => StoreOutcome::Conforms { until_idle: wait, granted: 0 },
            },
        }
    }

    fn insert(&self, locked: &Locked<'_>, target: LocatedRequest, tat: u64, now: u64) -> Result<(), u64> {
        if locked.insert(tat, now, target.may_evict)? == Insertion::Evicted {
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
    fn decide<'a>(&'a self, requests: &'a [LimitRequest]) -> StoreFuture<'a> {
        Box::pin(async move { Ok(self.decide_now(requests).unwrap_or_default()) })
    }

    /// Always `Some`.
    fn decide_now(&self, requests: &[LimitRequest]) -> Option<StoreReplies> {
        let [request] = requests else { return self.take_all(requests) };
        self.act_now(&request.policy, request.key, request.action).map(|reply| StoreReplies::from_iter([reply]))
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
        let target = store.locate(&policy, Key::user("1"), Action::Take(1));
        let arrived = AtomicBool::new(false);
        scope(|scope| {
            let locked = store.table.lock(target.address);
            // This call has searched for the key and not found it.
            let second = scope.spawn(|| {
                arrived.store(true, Ordering::SeqCst);
                store.act_locked(target)
            });
            while !arrived.load(Ordering::SeqCst) {
                yield_now();
            }
            for _ in 0..1_000 {
                yield_now();
            }
            assert!(!second.is_finished(), "it waits for the call that came first");
            let now = store.clock.now();
            assert_eq!(store.insert(&locked, target, now + policy.rule().tolerance, now), Ok(()));
            drop(locked);
            assert!(matches!(second.join().unwrap(), StoreOutcome::Exceeds { .. }), "its unit is taken");
        });
    }
}
