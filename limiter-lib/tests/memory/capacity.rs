//! Capacity, and memory per key.

use limiter_lib::{
    Clock, MemoryStore,
    store::memory::{DEFAULT_CAPACITY, MAX_CAPACITY},
};

use crate::{key, left, policy, take};

const SLOT_BYTES: usize = 16;

#[test]
fn capacity_is_rounded_up_to_a_power_of_two() {
    let capacities = [0, 1, 8, 9, 1_000, 1 << 16].map(|wanted| MemoryStore::new(wanted).capacity());
    assert_eq!(capacities, [8, 8, 8, 16, 1_024, 1 << 16]);
    assert_eq!(MemoryStore::default().capacity(), DEFAULT_CAPACITY);
}

#[test]
fn capacity_has_a_limit() {
    // The system commits only touched memory.
    assert_eq!(MemoryStore::new(usize::MAX).capacity(), MAX_CAPACITY);
}

#[test]
fn a_million_active_keys_need_at_most_40_bytes_each() {
    const KEYS: usize = 1_000_000;
    let store = MemoryStore::with_clock(2 * KEYS, Clock::manual());
    let policy = policy("a", 10);
    assert!(store.capacity() * SLOT_BYTES <= 40 * KEYS, "{} bytes", store.capacity() * SLOT_BYTES);
    assert!((0..KEYS).all(|index| take(&store, &policy, key(index))));
    let evicted = (0..KEYS).filter(|index| left(&store, &policy, key(*index)) == 10).count();
    assert!(evicted <= KEYS / 100, "{evicted} of {KEYS} were evicted");
}

#[test]
fn every_slot_can_be_used() {
    const SLOTS: usize = 1_024;
    let store = MemoryStore::with_clock(SLOTS, Clock::manual());
    let policy = policy("a", 10);
    for index in 0..20 * SLOTS {
        take(&store, &policy, key(index));
    }
    let active = (0..20 * SLOTS).filter(|index| left(&store, &policy, key(*index)) == 9).count();
    assert_eq!(active, SLOTS);
}
