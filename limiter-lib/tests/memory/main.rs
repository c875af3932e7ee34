//! The in-process store, with a manual clock.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod capacity;
mod concurrency;
mod overflow;
mod shares;

use std::time::Duration;

use limiter_lib::{Action, Clock, Key, LimitRequest, MemoryStore, Mode, Policy, Quota, Store, StoreOutcome};

/// `burst` units; one is refilled each second.
fn policy(name: &str, burst: u32) -> Policy {
    Policy::new(name, Quota::per_second(1).unwrap().with_burst(burst).unwrap()).unwrap()
}

fn key(index: usize) -> Key {
    Key::part("test", &index.to_le_bytes())
}

fn act(store: &MemoryStore, policy: &Policy, key: Key, action: Action) -> StoreOutcome {
    store.decide_now(&[LimitRequest { policy: policy.clone(), key, action }]).unwrap()[0].outcome
}

/// Takes one unit; `true` when it was admitted.
fn take(store: &MemoryStore, policy: &Policy, key: Key) -> bool {
    matches!(act(store, policy, key, Action::Take(1)), StoreOutcome::Conforms { .. })
}

/// Takes until refused; returns the number of admitted units.
fn take_all(store: &MemoryStore, policy: &Policy, key: Key) -> u32 {
    (0..).take_while(|_| take(store, policy, key)).count() as u32
}

/// Whole units left.
fn left(store: &MemoryStore, policy: &Policy, key: Key) -> u32 {
    match act(store, policy, key, Action::Take(0)) {
        StoreOutcome::Conforms { until_idle, .. } => policy.rule().remaining(until_idle),
        StoreOutcome::Exceeds { .. } => panic!("a read is never refused"),
    }
}

fn wait(outcome: StoreOutcome) -> Duration {
    match outcome {
        StoreOutcome::Exceeds { wait } => limiter_lib::gcra::duration(wait),
        StoreOutcome::Conforms { .. } => panic!("it conforms"),
    }
}

#[test]
fn time_brings_units_back() {
    let clock = Clock::manual();
    let store = MemoryStore::with_clock(64, clock.clone());
    let policy = policy("a", 5);
    assert_eq!(take_all(&store, &policy, key(1)), 5);
    clock.advance(Duration::from_secs(3));
    assert_eq!(take_all(&store, &policy, key(1)), 3);
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(take_all(&store, &policy, key(1)), 5);
}

#[test]
fn a_lowered_quota_counts_at_once() {
    let clock = Clock::manual();
    let store = MemoryStore::with_clock(64, clock.clone());
    assert_eq!(take_all(&store, &policy("a", 1_000), key(1)), 1_000);
    let lowered = policy("a", 10);
    assert_eq!(wait(act(&store, &lowered, key(1), Action::Take(1))), Duration::from_secs(1));
    clock.advance(Duration::from_secs(4));
    assert_eq!(take_all(&store, &lowered, key(1)), 4);
}

#[test]
fn a_raised_quota_keeps_what_was_used() {
    let store = MemoryStore::with_clock(64, Clock::manual());
    assert_eq!(take_all(&store, &policy("a", 10), key(1)), 10);
    assert_eq!(take_all(&store, &policy("a", 1_000), key(1)), 990);
}

#[test]
fn a_seed_is_remembered_but_never_makes_a_key_better_off() {
    let clock = Clock::manual();
    let store = MemoryStore::with_clock(64, clock.clone());
    let policy = policy("a", 10);
    let interval = policy.rule().interval;
    store.seed(&policy, key(1), clock.now() + 4 * interval);
    assert_eq!(left(&store, &policy, key(1)), 6);
    store.seed(&policy, key(1), clock.now() + interval);
    assert_eq!(left(&store, &policy, key(1)), 6);
    store.seed(&policy, key(1), clock.now() + 7 * interval);
    assert_eq!(left(&store, &policy, key(1)), 3);
    store.seed(&policy, key(1), u64::MAX);
    assert_eq!(wait(act(&store, &policy, key(1), Action::Take(1))), Duration::from_secs(1));
}

#[test]
fn a_limit_in_shadow_takes_by_itself() {
    let store = MemoryStore::with_clock(64, Clock::manual());
    let (enforced, shadow) = (policy("a", 2), policy("b", 9).mode(Mode::Shadow));
    let requests = [LimitRequest::take(&enforced, key(1), 1), LimitRequest::take(&shadow, key(1), 1)];
    for _ in 0..5 {
        store.decide_now(&requests).unwrap();
    }
    assert_eq!((left(&store, &enforced, key(1)), left(&store, &shadow, key(1))), (0, 4));
}
