//! The ledger of units admitted here while the store could not decide, to be charged to it afterwards.
//!
//! A key enters the ledger with its TAT at the start of the outage. Afterwards the part of its TAT beyond that one is
//! the debt: units that this replica admitted and that have not drained since. Charged by each replica, the debts add
//! up in the store to that of the whole fleet, so that an outage gives no key a second burst.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{key::Key, policy::Policy};

/// Maximum number of keys in the ledger. Those beyond are not charged.
const CAPACITY: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<HashMap<(Key, u64), Entry>>);

/// A key that was decided on here.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub policy: Policy,
    pub key: Key,
    /// The TAT at its entry, by the local clock.
    pub initial_tat: u64,
}

impl Ledger {
    /// Enters a key on its first request; `initial_tat` is called only then. `true` when it was new.
    pub(super) fn enter(&self, policy: &Policy, key: Key, initial_tat: impl FnOnce() -> u64) -> bool {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = (key, policy.seed());
        if entries.len() >= CAPACITY || entries.contains_key(&id) {
            return false;
        }
        entries.insert(id, Entry { policy: policy.clone(), key, initial_tat: initial_tat() });
        true
    }

    /// `true` when a key is entered.
    pub(super) fn contains(&self, policy: &Policy, key: Key) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&(key, policy.seed()))
    }

    /// Removes and returns all entries.
    pub(super) fn drain(&self) -> Vec<Entry> {
        let entries = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        entries.into_values().collect()
    }

    /// Puts back entries that could not be charged.
    pub(super) fn reinsert(&self, entries_left: Vec<Entry>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries_left {
            entries.entry((entry.key, entry.policy.seed())).or_insert(entry);
        }
    }
}

/// The units of the fleet's quota that were admitted here for a key and have not drained yet, rounded up: `until_idle`
/// by the quota divided by `replicas`, in ticks.
pub(super) fn debt(entry: &Entry, until_idle: u64, now: u64, replicas: u32) -> u32 {
    let initial = entry.initial_tat.saturating_sub(now);
    let admitted = until_idle.saturating_sub(initial);
    let interval = entry.policy.rule().interval.saturating_mul(u64::from(replicas.max(1)));
    u32::try_from(admitted.div_ceil(interval)).unwrap_or(u32::MAX)
}
