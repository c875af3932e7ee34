//! Quotas divided by the number of live replicas.

use std::{
    sync::{Arc, atomic::AtomicU32, atomic::Ordering::Relaxed},
    time::Duration,
};

use limiter_lib::{Action, Clock, LimitRequest, MemoryStore, Source, Store, StoreOutcome};

use crate::{act, key, policy, take_all, wait};

fn shared(replicas: u32) -> (MemoryStore, Clock, Arc<AtomicU32>) {
    let clock = Clock::manual();
    let replicas = Arc::new(AtomicU32::new(replicas));
    (MemoryStore::with_clock(64, clock.clone()).shared_by(replicas.clone()), clock, replicas)
}

#[test]
fn burst_and_rate_are_divided() {
    let (store, clock, _) = shared(4);
    let policy = policy("a", 20);
    assert_eq!(take_all(&store, &policy, key(1)), 5);
    clock.advance(Duration::from_secs(12));
    assert_eq!(take_all(&store, &policy, key(1)), 3);
}

#[test]
fn replicas_count_from_the_next_decision_on() {
    let (store, clock, replicas) = shared(4);
    let policy = policy("a", 20);
    assert_eq!(take_all(&store, &policy, key(1)), 5);
    replicas.store(2, Relaxed);
    clock.advance(Duration::from_secs(12));
    assert_eq!(take_all(&store, &policy, key(1)), 6);
    replicas.store(0, Relaxed);
    clock.advance(Duration::from_secs(12));
    assert_eq!(take_all(&store, &policy, key(1)), 12, "none counts as one");
}

#[test]
fn a_cost_above_the_share_passes_from_idle_and_is_paid_off() {
    let (store, clock, _) = shared(4);
    let policy = policy("a", 20);
    let whole = Action::Take(20);
    assert!(matches!(act(&store, &policy, key(1), whole), StoreOutcome::Conforms { granted: 20, .. }));
    assert_eq!(wait(act(&store, &policy, key(1), whole)), Duration::from_secs(80));
    clock.advance(Duration::from_secs(79));
    assert_eq!(wait(act(&store, &policy, key(1), whole)), Duration::from_secs(1));
    clock.advance(Duration::from_secs(1));
    assert!(matches!(act(&store, &policy, key(1), whole), StoreOutcome::Conforms { .. }));
}

#[test]
fn a_debt_beyond_the_share_is_not_mistaken_for_a_wrong_clock() {
    let (store, clock, _) = shared(4);
    let policy = policy("a", 20);
    act(&store, &policy, key(1), Action::Take(20));
    // 80 s ahead, of which 20 are tolerated; 4 more are requested.
    assert_eq!(wait(act(&store, &policy, key(1), Action::Take(1))), Duration::from_secs(64));
    clock.advance(Duration::from_secs(64));
    assert_eq!(take_all(&store, &policy, key(1)), 1);
}

#[test]
fn a_peek_returns_the_whole_debt_and_is_no_refusal() {
    let (store, _, _) = shared(4);
    let policy = policy("a", 20);
    act(&store, &policy, key(1), Action::Take(20));
    let requests = [LimitRequest::take(&policy, key(1), 0), LimitRequest::take(&policy, key(2), 1)];
    let replies = store.decide_now(&requests).unwrap();
    let until_idle = 80 * limiter_lib::gcra::TICKS_PER_SECOND;
    assert_eq!(replies[0].outcome, StoreOutcome::Conforms { until_idle, granted: 0 });
    assert!(matches!(replies[1].outcome, StoreOutcome::Conforms { granted: 1, .. }));
}

#[test]
fn only_a_fallback_has_the_source_fallback() {
    let source =
        |store: MemoryStore| store.decide_now(&[LimitRequest::take(&policy("a", 1), key(1), 1)]).unwrap()[0].source;
    let replicas = Arc::new(AtomicU32::new(2));
    assert_eq!(source(MemoryStore::new(8)), Source::Store);
    assert_eq!(source(MemoryStore::new(8).shared_by(replicas.clone())), Source::Store);
    assert_eq!(source(MemoryStore::new(8).as_fallback(replicas)), Source::Fallback);
}
