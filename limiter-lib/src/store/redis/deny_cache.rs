//! Cache of the server's last reply for each key: for local refusals, and to restore a server that lost its state.
//!
//! A refusal need not be requested again until its wait is over: a TAT decreases only by a refund. The wait is counted
//! from the time of sending, which is before the server's time that it was measured from.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{gcra::TICKS_PER_SECOND, key::Key, policy::Policy};

/// Keys of one set, under one lock.
const WAYS: usize = 8;

/// Maximum time, in ticks, between sending a command and the server's time in its reply.
const MAX_TRANSIT: u64 = TICKS_PER_SECOND;

/// A set-associative cache of fixed size.
pub(super) struct DenyCache {
    sets: Box<[Mutex<Set>]>,
    shift: u32,
}

#[derive(Default)]
struct Set {
    ids: [u128; WAYS],
    entries: [CacheEntry; WAYS],
}

/// The state of a key by the server's last reply, in ticks.
#[derive(Clone, Default)]
struct CacheEntry {
    policy: Option<Policy>,
    /// By the server's clock.
    tat: u64,
    /// The server's clock at that time.
    server_now: u64,
    /// The local clock at that time.
    local_now: u64,
    /// By the local clock: until then a request of `denied` ticks or more is refused.
    denied_until: u64,
    denied: u64,
}

/// A reply of the server for one key.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServerReply {
    pub tat: u64,
    pub server_now: u64,
    /// The local clock when the command was sent.
    pub sent_at: u64,
    /// The refused increment, and the ticks to wait.
    pub refused: Option<(u64, u64)>,
    /// The TAT may have decreased: units were refunded.
    pub refunded: bool,
}

/// The state of a key, to restore a server that lost its own.
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

    /// Records a reply.
    pub(super) fn record(&self, policy: &Policy, key: Key, reply: ServerReply) {
        let id = id(policy, key);
        let mut set = self.set(id);
        let index = set.slot_for(id);
        let entry = &mut set.entries[index];
        // Replies on two connections may cross. If the server's clock was set back, a reply that seems older is newer:
        // so its TAT still counts if it is later.
        let crossed = entry.policy.is_some() && entry.server_now.abs_diff(reply.server_now) < TICKS_PER_SECOND;
        if crossed && reply.server_now < entry.server_now {
            if !reply.refunded {
                entry.tat = entry.tat.max(reply.tat);
            }
            return;
        }
        // Replies more than a second apart cannot have crossed: the latest one counts.
        let tat = if crossed && !reply.refunded { entry.tat.max(reply.tat) } else { reply.tat };
        let (denied_until, denied) =
            reply.refused.map_or((0, 0), |(increment, wait)| (reply.sent_at + wait, increment));
        *entry = CacheEntry {
            policy: Some(policy.clone()),
            tat,
            server_now: reply.server_now,
            local_now: reply.sent_at,
            denied_until,
            denied,
        };
    }

    /// Ticks to wait, if a cached refusal covers `increment` now.
    pub(super) fn denied(&self, policy: &Policy, key: Key, increment: u64, now: u64) -> Option<u64> {
        let id = id(policy, key);
        let set = self.set(id);
        let entry = &set.entries[set.find(id)?];
        (entry.denied > 0 && increment >= entry.denied && now < entry.denied_until)
            .then(|| entry.denied_until - now + (increment - entry.denied))
    }

    /// Ticks until the key is idle, by the server's last reply.
    pub(super) fn until_idle(&self, policy: &Policy, key: Key, now: u64) -> Option<u64> {
        let id = id(policy, key);
        let set = self.set(id);
        let entry = &set.entries[set.find(id)?];
        Some(entry.tat.saturating_sub(entry.server_now).saturating_sub(now.saturating_sub(entry.local_now)))
    }

    /// All wanted keys that are not idle, or idle for no longer than [`MAX_TRANSIT`]. The server decides which of them
    /// are idle.
    pub(super) fn active(&self, now: u64, is_wanted: impl Fn(Key) -> bool) -> Vec<CachedState> {
        let mut states = Vec::new();
        for set in &self.sets {
            let set = set.lock().unwrap_or_else(PoisonError::into_inner);
            for (id, entry) in set.ids.iter().zip(&set.entries) {
                let Some(policy) = &entry.policy else { continue };
                let key = Key::from_u128(id ^ u128::from(policy.seed()));
                let passed = now.saturating_sub(entry.local_now);
                if entry.tat + MAX_TRANSIT > entry.server_now + passed && is_wanted(key) {
                    states.push(CachedState { policy: policy.clone(), key, tat: entry.tat });
                }
            }
        }
        states
    }
}

impl Set {
    fn find(&self, id: u128) -> Option<usize> {
        self.ids.iter().position(|other| *other == id)
    }

    /// The index of `id`; a new one replaces the key that is idle first.
    fn slot_for(&mut self, id: u128) -> usize {
        let index = self.find(id).unwrap_or_else(|| {
            let oldest = self.entries.iter().enumerate().min_by_key(|(_, entry)| entry.tat);
            let index = oldest.map_or(0, |(index, _)| index);
            self.entries[index] = CacheEntry::default();
            index
        });
        self.ids[index] = id;
        index
    }
}

/// One number for a key of a policy; 0 is that of an empty entry.
fn id(policy: &Policy, key: Key) -> u128 {
    key.to_u128() ^ u128::from(policy.seed())
}
