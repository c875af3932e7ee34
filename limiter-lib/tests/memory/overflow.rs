//! More active keys than slots.

use std::time::Duration;

use limiter_lib::{Action, Clock, MemoryStore, Overflow, StoreOutcome};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::{act, key, left, policy, take, take_all, wait};

/// Eight slots, in use by the keys 0 to 7 that are idle after 1 to 8 seconds.
fn full_store(overflow: Overflow) -> (MemoryStore, Clock, limiter_lib::Policy) {
    let clock = Clock::manual();
    let store = MemoryStore::with_clock(8, clock.clone());
    let policy = policy("a", 10).overflow(overflow);
    for index in 0..8 {
        act(&store, &policy, key(index), Action::Take(index as u32 + 1));
    }
    (store, clock, policy)
}

#[test]
fn forget_evicts_the_key_nearest_to_idle() {
    let (store, _, policy) = full_store(Overflow::Forget);
    assert!(take(&store, &policy, key(8)));
    let left: Vec<u32> = (0..9).map(|index| left(&store, &policy, key(index))).collect();
    assert_eq!(left, [10, 8, 7, 6, 5, 4, 3, 2, 9]);
}

#[test]
fn refuse_refuses_until_one_of_the_others_is_idle() {
    let (store, clock, policy) = full_store(Overflow::Refuse);
    assert_eq!(wait(act(&store, &policy, key(8), Action::Take(1))), Duration::from_secs(1));
    assert!((0..8).all(|index| left(&store, &policy, key(index)) == 9 - index as u32), "no key was evicted");
    clock.advance(Duration::from_secs(1));
    assert!(take(&store, &policy, key(8)));
    assert_eq!(left(&store, &policy, key(1)), 9);
}

#[test]
fn a_full_table_grants_and_records_nothing_if_it_may_not_evict() {
    let (store, _, policy) = full_store(Overflow::Refuse);
    for action in [Action::TakeUpTo(5), Action::Charge(5), Action::Refund(5)] {
        assert!(
            matches!(act(&store, &policy, key(8), action), StoreOutcome::Conforms { granted: 0, .. }),
            "{action:?}"
        );
    }
    assert_eq!(left(&store, &policy, key(8)), 10);
}

#[test]
fn keys_of_a_policy_that_refuses_are_not_evicted_for_those_of_another() {
    let (store, _, guarded) = full_store(Overflow::Refuse);
    let open = policy("b", 1_000);
    assert_eq!(wait(act(&store, &open, key(8), Action::Take(1))), Duration::from_secs(1));
    assert!((0..8).all(|index| left(&store, &guarded, key(index)) == 9 - index as u32));
}

#[test]
fn idle_keys_make_room_under_either_policy() {
    for overflow in [Overflow::Forget, Overflow::Refuse] {
        let (store, clock, policy) = full_store(overflow);
        clock.advance(Duration::from_secs(8));
        for index in 10..18 {
            assert_eq!(take_all(&store, &policy, key(index)), 10, "{overflow:?}");
        }
    }
}

#[test]
fn peeking_takes_no_slot() {
    let (store, _, policy) = full_store(Overflow::Forget);
    assert!((100..200).all(|index| left(&store, &policy, key(index)) == 10));
    act(&store, &policy, key(300), Action::Refund(5));
    assert!((0..8).all(|index| left(&store, &policy, key(index)) == 9 - index as u32));
}

#[test]
fn only_evicted_active_keys_count_as_evictions() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let (store, clock, policy) = full_store(Overflow::Forget);
        for index in 8..11 {
            take(&store, &policy, key(index));
        }
        clock.advance(Duration::from_secs(60));
        for index in 20..28 {
            take(&store, &policy, key(index));
        }
    });
    let counted: Vec<_> =
        snapshotter.snapshot().into_vec().into_iter().map(|(name, _, _, value)| (name, value)).collect();
    assert_eq!(counted.len(), 1);
    assert_eq!(counted[0].0.key().name(), "limiter.memory.evictions");
    assert_eq!(counted[0].1, DebugValue::Counter(3));
}
