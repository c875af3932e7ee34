//! What was admitted here while the store could not decide, to be told to it afterwards.
//!
//! A key enters the ledger with the TAT that the outage found it with. Afterwards the part of its TAT beyond that one is
//! what this replica admitted and what has not drained since: told by each replica as a charge, these add up in the store
//! to the whole fleet's, so that an outage gives nobody a second burst.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{key::Key, policy::Policy};

/// Keys in the ledger at most. Of what comes beyond nothing is told.
const CAPACITY: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<HashMap<(Key, u64), Entry>>);

/// A key that was decided on here.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub policy: Policy,
    pub key: Key,
    /// The TAT it began with, by our clock.
    pub began_with: u64,
}

impl Ledger {
    /// Enters a key the first time it comes; `began_with` is asked only then. True when it was new.
    pub(super) fn enter(&self, policy: &Policy, key: Key, began_with: impl FnOnce() -> u64) -> bool {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = (key, policy.seed());
        if entries.len() >= CAPACITY || entries.contains_key(&id) {
            return false;
        }
        entries.insert(id, Entry { policy: policy.clone(), key, began_with: began_with() });
        true
    }

    /// Whether a key is entered.
    pub(super) fn holds(&self, policy: &Policy, key: Key) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&(key, policy.seed()))
    }

    /// Takes all out.
    pub(super) fn drain(&self) -> Vec<Entry> {
        let entries = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        entries.into_values().collect()
    }

    /// Puts back what could not be told.
    pub(super) fn put_back(&self, kept: Vec<Entry>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in kept {
            entries.entry((entry.key, entry.policy.seed())).or_insert(entry);
        }
    }
}

/// The units of the fleet's quota that a key's owner got here and that have not drained yet, rounded up: `until_idle` by
/// the divided quota of `replicas`, both in ticks.
pub(super) fn debt(entry: &Entry, until_idle: u64, now: u64, replicas: u32) -> u32 {
    let from_before = entry.began_with.saturating_sub(now);
    let here = until_idle.saturating_sub(from_before);
    let interval = entry.policy.rule().interval.saturating_mul(u64::from(replicas.max(1)));
    u32::try_from(here.div_ceil(interval)).unwrap_or(u32::MAX)
}
