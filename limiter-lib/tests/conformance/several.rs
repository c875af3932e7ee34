//! Promises about several limits in one call.

use limiter_lib::{Action, LimitRequest, Mode, StoreOutcome};

use crate::stand::{Stand, conforms, fresh_key, granted, slow, until_idle};

pub async fn all_limits_take_or_none_does(store: &Stand) {
    let (wide, narrow, key) = (slow(5), slow(1), fresh_key());
    for asks in [[&wide, &narrow], [&narrow, &wide]].map(|both| both.map(|policy| LimitRequest::take(policy, key, 1))) {
        let first = store.left(&narrow, key).await == 1;
        let answers = store.all(&asks).await;
        for (ask, answer) in asks.iter().zip(answers) {
            assert_eq!(conforms(answer), first || ask.policy == wide);
            if ask.policy == wide {
                assert_eq!(wide.rule().remaining(until_idle(answer)), 4, "without what was not taken");
            }
        }
        assert_eq!((store.left(&wide, key).await, store.left(&narrow, key).await), (4, 0));
    }
}

pub async fn a_limit_in_shadow_counts_and_refuses_nothing(store: &Stand) {
    let (enforced, shadow, key) = (slow(9), slow(2).mode(Mode::Shadow), fresh_key());
    let asks = [LimitRequest::take(&shadow, key, 1), LimitRequest::take(&enforced, key, 1)];
    for call in 1..=4 {
        let answers = store.all(&asks).await;
        assert_eq!(conforms(answers[0]), call <= 2, "a limit in shadow says what it would have said");
        assert!(conforms(answers[1]));
        assert_eq!(store.left(&enforced, key).await, 9 - call);
    }
    assert_eq!(store.left(&shadow, key).await, 0);
    assert!(!store.takes(&shadow, key, 1).await, "also when it is asked alone");
}

pub async fn a_limit_in_shadow_takes_although_another_refuses(store: &Stand) {
    let (enforced, shadow, key) = (slow(1), slow(9).mode(Mode::Shadow), fresh_key());
    let asks = [LimitRequest::take(&enforced, key, 1), LimitRequest::take(&shadow, key, 2)];
    for call in 1..=3 {
        let answers = store.all(&asks).await;
        assert_eq!(conforms(answers[0]), call == 1);
        assert_eq!(granted(answers[1]), 2);
        assert_eq!(store.left(&shadow, key).await, 9 - 2 * call);
    }
}

pub async fn the_same_key_twice_in_a_call_counts_twice(store: &Stand) {
    let (policy, key) = (slow(5), fresh_key());
    let twice = |first, second| [LimitRequest::take(&policy, key, first), LimitRequest::take(&policy, key, second)];
    let answers = store.all(&twice(3, 3)).await;
    assert!(!answers.iter().all(|answer| conforms(*answer)), "{answers:?}");
    assert_eq!(store.left(&policy, key).await, 5);
    assert!(store.all(&twice(3, 2)).await.into_iter().all(conforms));
    assert_eq!(store.left(&policy, key).await, 0);
}

pub async fn eight_limits_at_once(store: &Stand) {
    let key = fresh_key();
    let policies: Vec<_> = (1..=8).map(|burst| slow(burst + 1)).collect();
    let asks: Vec<LimitRequest> = policies.iter().map(|policy| LimitRequest::take(policy, key, 2)).collect();
    assert!(store.all(&asks).await.into_iter().all(conforms));
    let answers = store.all(&asks).await;
    let refused: Vec<bool> = answers.into_iter().map(|answer| !conforms(answer)).collect();
    assert_eq!(refused, [true, true, false, false, false, false, false, false]);
    for (taken, policy) in (0..).zip(&policies) {
        assert_eq!(store.left(policy, key).await, taken, "nothing but the first call's units is gone");
    }
}

pub async fn answers_come_in_the_order_of_asking(store: &Stand) {
    let policies = [slow(30), slow(10).mode(Mode::Shadow), slow(20), slow(40)];
    let asks: Vec<LimitRequest> = policies.iter().map(|policy| LimitRequest::take(policy, fresh_key(), 1)).collect();
    let answers = store.all(&asks).await;
    let remaining = policies.iter().zip(answers).map(|(policy, answer)| policy.rule().remaining(until_idle(answer)));
    assert_eq!(remaining.collect::<Vec<_>>(), [29, 9, 19, 39]);
}

pub async fn what_is_no_take_happens_although_another_limit_refuses(store: &Stand) {
    let (used, charged, partly, refunded, key) = (slow(1), slow(9), slow(9), slow(9), fresh_key());
    assert!(store.takes(&used, key, 1).await);
    assert!(store.takes(&refunded, key, 5).await);
    let ask = |policy: &limiter_lib::Policy, action| LimitRequest { policy: policy.clone(), key, action };
    let answers = store
        .all(&[
            ask(&charged, Action::Charge(2)),
            ask(&used, Action::Take(1)),
            ask(&partly, Action::TakeUpTo(3)),
            ask(&refunded, Action::Refund(4)),
        ])
        .await;
    assert!(matches!(answers[1], StoreOutcome::Exceeds { .. }));
    assert_eq!(granted(answers[2]), 3);
    let left = [store.left(&charged, key).await, store.left(&partly, key).await, store.left(&refunded, key).await];
    assert_eq!(left, [7, 6, 8]);
}

pub async fn tasks_at_once_take_the_same_from_all_limits(store: &Stand) {
    let (wide, narrow, key) = (slow(400), slow(300), fresh_key());
    let both = [LimitRequest::take(&wide, key, 1), LimitRequest::take(&narrow, key, 1)];
    let tasks = (0..32).map(|task| {
        let (store, mut both) = (store.clone(), both.clone());
        if task % 2 == 1 {
            both.reverse();
        }
        tokio::spawn(async move {
            let mut admitted = 0;
            for _ in 0..20 {
                admitted += u32::from(store.all(&both).await.into_iter().all(conforms));
            }
            admitted
        })
    });
    let mut admitted = 0;
    for task in tasks.collect::<Vec<_>>() {
        admitted += task.await.unwrap();
    }
    // A call may be refused for units that another is about to give back; never admitted for them.
    assert!(admitted <= 300);
    while store.all(&both).await.into_iter().all(conforms) {
        admitted += 1;
    }
    assert_eq!(admitted, 300);
    assert_eq!((store.left(&wide, key).await, store.left(&narrow, key).await), (100, 0));
}
