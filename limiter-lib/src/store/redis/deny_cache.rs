//! What the server last said of each key: lets this process refuse by itself, and tell a server that lost its state.
//!
//! A refusal needs no second question until its wait is over: a TAT never goes back but by a refund. The wait is counted
//! from the moment of asking, which is before the moment of the server's clock that it was measured from.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{gcra::TICKS_PER_SECOND, key::Key, policy::Policy};

/// Keys of one set: found under one lock.
const WAYS: usize = 8;

/// The most time, in ticks, between asking and the moment of the server's clock that an answer names.
const ON_THE_WAY: u64 = TICKS_PER_SECOND;

/// A table of fixed size.
pub(super) struct DenyCache {
    sets: Box<[Mutex<Set>]>,
    shift: u32,
}

#[derive(Default)]
struct Set {
    ids: [u128; WAYS],
    entries: [Entry; WAYS],
}

/// The state of a key as the server said it, in ticks.
#[derive(Clone, Default)]
struct Entry {
    policy: Option<Policy>,
    /// By the server's clock.
    tat: u64,
    /// The server's clock then.
    server_now: u64,
    /// Our clock then.
    local_now: u64,
    /// By our clock: until then a request of `denied` ticks or more is refused.
    denied_until: u64,
    denied: u64,
}

/// What the server said.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServerReply {
    pub tat: u64,
    pub server_now: u64,
    /// Our clock, when it was asked.
    pub asked_at: u64,
    /// The increment that it refused, and the ticks to wait.
    pub refused: Option<(u64, u64)>,
    /// The TAT went back: units were given back.
    pub given_back: bool,
}

/// A key to tell a server that lost its state.
pub(super) struct CachedState {
    pub policy: Policy,
    pub key: Key,
    pub tat: u64,
}

impl DenyCache {
    pub(super) fn new(keys: usize) -> Self {
        let sets = keys.div_ceil(WAYS).next_power_of_two().max(2);
        Self { sets: (0..sets).map(|_| Mutex::default()).collect(), shift: 64 - sets.trailing_zeros() }
    }

    fn set(&self, id: u128) -> MutexGuard<'_, Set> {
        let mixed = ((id ^ (id >> 64)) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let index = (mixed >> self.shift) as usize;
        // No code that panics runs under the lock.
        self.sets[index].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of an answer.
    pub(super) fn note(&self, policy: &Policy, key: Key, said: ServerReply) {
        let id = id(policy, key);
        let mut set = self.set(id);
        let index = set.place(id);
        let entry = &mut set.entries[index];
        // Answers of two connections may cross. Where the server's clock was set back, what seems older is newer: so a TAT
        // that seems older still counts if it is later.
        let crossed = entry.policy.is_some() && entry.server_now.abs_diff(said.server_now) < TICKS_PER_SECOND;
        if crossed && said.server_now < entry.server_now {
            if !said.given_back {
                entry.tat = entry.tat.max(said.tat);
            }
            return;
        }
        // Beyond a second the server's clock has moved, and what it says now counts.
        let tat = if crossed && !said.given_back { entry.tat.max(said.tat) } else { said.tat };
        let (denied_until, denied) = said.refused.map_or((0, 0), |(increment, wait)| (said.asked_at + wait, increment));
        *entry = Entry {
            policy: Some(policy.clone()),
            tat,
            server_now: said.server_now,
            local_now: said.asked_at,
            denied_until,
            denied,
        };
    }

    /// Ticks to wait, where the server is known to refuse `increment` now.
    pub(super) fn denied(&self, policy: &Policy, key: Key, increment: u64, now: u64) -> Option<u64> {
        let id = id(policy, key);
        let set = self.set(id);
        let entry = &set.entries[set.find(id)?];
        (entry.denied > 0 && increment >= entry.denied && now < entry.denied_until)
            .then(|| entry.denied_until - now + (increment - entry.denied))
    }

    /// Ticks until the key is idle, as far as the server has said.
    pub(super) fn until_idle(&self, policy: &Policy, key: Key, now: u64) -> Option<u64> {
        let id = id(policy, key);
        let set = self.set(id);
        let entry = &set.entries[set.find(id)?];
        Some(entry.tat.saturating_sub(entry.server_now).saturating_sub(now.saturating_sub(entry.local_now)))
    }

    /// All keys that are not idle, or not for longer than the time between asking and the server's answering, of those
    /// that `wanted` names. Which of them are idle the server knows better.
    pub(super) fn active(&self, now: u64, wanted: impl Fn(Key) -> bool) -> Vec<CachedState> {
        let mut known = Vec::new();
        for set in &self.sets {
            let set = set.lock().unwrap_or_else(PoisonError::into_inner);
            for (id, entry) in set.ids.iter().zip(&set.entries) {
                let Some(policy) = &entry.policy else { continue };
                let key = Key::from_u128(id ^ u128::from(policy.seed()));
                let passed = now.saturating_sub(entry.local_now);
                if entry.tat + ON_THE_WAY > entry.server_now + passed && wanted(key) {
                    known.push(CachedState { policy: policy.clone(), key, tat: entry.tat });
                }
            }
        }
        known
    }
}

impl Set {
    fn find(&self, id: u128) -> Option<usize> {
        self.ids.iter().position(|known| *known == id)
    }

    /// Where `id` is, or shall be: in the place of the key that is idle first.
    fn place(&mut self, id: u128) -> usize {
        let index = self.find(id).unwrap_or_else(|| {
            let oldest = self.entries.iter().enumerate().min_by_key(|(_, entry)| entry.tat);
            let index = oldest.map_or(0, |(index, _)| index);
            self.entries[index] = Entry::default();
            index
        });
        self.ids[index] = id;
        index
    }
}

/// One number for a key of a policy; 0 is that of an empty place.
fn id(policy: &Policy, key: Key) -> u128 {
    key.to_u128() ^ u128::from(policy.seed())
}
