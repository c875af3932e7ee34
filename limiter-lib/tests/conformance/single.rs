//! Promises about one limit.

use std::time::{Duration, Instant};

use limiter_lib::{Action, StoreOutcome};

use crate::harness::{Harness, conforms, fresh_key, granted, policy, slow, until_idle, wait};

/// Two clocks may run this far apart within a test.
const DRIFT: Duration = Duration::from_millis(2);

pub async fn the_burst_is_admitted_and_no_more(store: &Harness) {
    let (policy, key) = (slow(5), fresh_key());
    for left in (0..5).rev() {
        let outcome = store.one(&policy, key, Action::Take(1)).await;
        assert_eq!((granted(outcome), policy.rule().remaining(until_idle(outcome))), (1, left));
    }
    for _ in 0..3 {
        assert!(!store.takes(&policy, key, 1).await);
    }
    assert_eq!(store.left(&policy, key).await, 0);
}

pub async fn the_returned_wait_is_right(store: &Harness) {
    let (policy, key) = (policy("10/1s burst 2"), fresh_key());
    assert!(store.takes(&policy, key, 2).await);
    let before = Instant::now();
    let wait_time = wait(store.one(&policy, key, Action::Take(1)).await);
    let after = Instant::now();
    assert!(wait_time > Duration::ZERO && wait_time <= Duration::from_millis(100), "{wait_time:?}");
    loop {
        let attempt = Instant::now();
        if store.takes(&policy, key, 1).await {
            assert!(before.elapsed() + DRIFT >= wait_time, "it took {:?} of {wait_time:?}", before.elapsed());
            break;
        }
        assert!(
            attempt < after + wait_time + DRIFT,
            "still refused {:?} later, the wait was {wait_time:?}",
            attempt - after
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

pub async fn a_cost_of_the_whole_burst_passes_once(store: &Harness) {
    let (policy, key) = (slow(7), fresh_key());
    let outcome = store.one(&policy, key, Action::Take(7)).await;
    assert_eq!((granted(outcome), until_idle(outcome)), (7, policy.rule().tolerance));
    let wait_time = wait(store.one(&policy, key, Action::Take(7)).await);
    let whole = Duration::from_secs(7 * 3_600);
    assert!(wait_time <= whole && wait_time > whole - Duration::from_secs(60), "{wait_time:?}");
}

pub async fn a_cost_above_the_burst_never_passes(store: &Harness) {
    let (policy, key) = (slow(3), fresh_key());
    assert!(!store.takes(&policy, key, 4).await);
    assert!(!store.takes(&policy, key, u32::MAX).await);
    assert_eq!(store.left(&policy, key).await, 3);
}

pub async fn peeking_takes_nothing(store: &Harness) {
    let (policy, key) = (slow(2), fresh_key());
    for taken in 0..=2 {
        for _ in 0..3 {
            let outcome = store.one(&policy, key, Action::Take(0)).await;
            assert_eq!(policy.rule().remaining(until_idle(outcome)), 2 - taken);
            assert_eq!(granted(outcome), 0);
        }
        assert_eq!(store.takes(&policy, key, 1).await, taken < 2);
    }
}

pub async fn up_to_takes_the_available_units(store: &Harness) {
    let (policy, key) = (slow(5), fresh_key());
    assert_eq!(granted(store.one(&policy, key, Action::TakeUpTo(2)).await), 2);
    let rest = store.one(&policy, key, Action::TakeUpTo(9)).await;
    assert_eq!((granted(rest), policy.rule().remaining(until_idle(rest))), (3, 0));
    assert_eq!(granted(store.one(&policy, key, Action::TakeUpTo(9)).await), 0);
    assert_eq!(granted(store.one(&policy, key, Action::TakeUpTo(0)).await), 0);
}

pub async fn a_charge_takes_down_to_an_empty_bucket(store: &Harness) {
    let (policy, key) = (slow(5), fresh_key());
    assert!(conforms(store.one(&policy, key, Action::Charge(2)).await));
    assert_eq!(store.left(&policy, key).await, 3);
    assert!(conforms(store.one(&policy, key, Action::Charge(9)).await));
    assert_eq!(store.left(&policy, key).await, 0);
    let wait_time = wait(store.one(&policy, key, Action::Take(1)).await);
    assert!(wait_time <= Duration::from_secs(3_600), "it is empty, not in debt: {wait_time:?}");
}

pub async fn a_refund_is_never_better_than_idle(store: &Harness) {
    let (policy, key) = (slow(5), fresh_key());
    assert!(conforms(store.one(&policy, key, Action::Refund(3)).await), "an unknown key");
    assert!(store.takes(&policy, key, 4).await);
    assert!(conforms(store.one(&policy, key, Action::Refund(1)).await));
    assert_eq!(store.left(&policy, key).await, 2);
    assert!(!store.takes(&policy, key, 3).await);
    // The refusal may be cached: a refund must clear that too.
    assert!(conforms(store.one(&policy, key, Action::Refund(1)).await));
    assert!(store.takes(&policy, key, 3).await);
    assert_eq!(until_idle(store.one(&policy, key, Action::Refund(9)).await), 0);
    assert!(store.takes(&policy, key, 5).await);
    assert!(!store.takes(&policy, key, 1).await);
}

pub async fn a_queue_delays_each_by_its_position(store: &Harness) {
    let (policy, key) = (policy("1/1h burst 5 free 2"), fresh_key());
    let hour = policy.rule().interval;
    for turn in [0, 0, 1, 2, 3] {
        let outcome = store.one(&policy, key, Action::Take(1)).await;
        let delay = policy.rule().delay(until_idle(outcome));
        // Delays count from the first unit, which was taken shortly before.
        assert!(delay <= turn * hour && delay + hour / 60 >= turn * hour, "turn {turn} came after {delay} ticks");
    }
    assert!(!store.takes(&policy, key, 1).await);
}

pub async fn policies_and_keys_are_independent(store: &Harness) {
    let (policy, other_policy) = (slow(3), slow(3));
    let (key, other_key) = (fresh_key(), fresh_key());
    assert!(store.takes(&policy, key, 3).await);
    assert!(!store.takes(&policy, key, 1).await);
    assert_eq!(store.left(&other_policy, key).await, 3);
    assert_eq!(store.left(&policy, other_key).await, 3);
    assert!(store.takes(&other_policy, key, 3).await);
    assert!(store.takes(&policy, other_key, 3).await);
}

pub async fn tasks_at_once_share_exactly(store: &Harness) {
    let (policy, key) = (slow(500), fresh_key());
    let tasks = (0..32).map(|_| {
        let (store, policy) = (store.clone(), policy.clone());
        tokio::spawn(async move {
            let mut admitted = 0;
            for _ in 0..50 {
                match store.one(&policy, key, Action::Take(1)).await {
                    StoreOutcome::Conforms { .. } => admitted += 1,
                    StoreOutcome::Exceeds { wait } => assert!(wait > 0),
                }
            }
            admitted
        })
    });
    let mut admitted = 0;
    for task in tasks.collect::<Vec<_>>() {
        admitted += task.await.unwrap();
    }
    assert_eq!(admitted, 500);
    assert_eq!(store.left(&policy, key).await, 0);
}
