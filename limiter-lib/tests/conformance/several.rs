//! Promises about several limits in one call.

use limiter_lib::{Action, LimitRequest, Mode, StoreOutcome};

use crate::harness::{Harness, conforms, fresh_key, granted, slow, until_idle};

pub async fn all_limits_take_or_none_does(store: &Harness) {
    let (wide, narrow, key) = (slow(5), slow(1), fresh_key());
    for requests in
        [[&wide, &narrow], [&narrow, &wide]].map(|both| both.map(|policy| LimitRequest::take(policy, key, 1)))
    {
        let first = store.left(&narrow, key).await == 1;
        let replies = store.all(&requests).await;
        for (request, reply) in requests.iter().zip(replies) {
            assert_eq!(conforms(reply), first || request.policy == wide);
            if request.policy == wide {
                assert_eq!(wide.rule().remaining(until_idle(reply)), 4, "without the units that were not taken");
            }
        }
        assert_eq!((store.left(&wide, key).await, store.left(&narrow, key).await), (4, 0));
    }
}

pub async fn a_limit_in_shadow_counts_and_refuses_nothing(store: &Harness) {
    let (enforced, shadow, key) = (slow(9), slow(2).mode(Mode::Shadow), fresh_key());
    let requests = [LimitRequest::take(&shadow, key, 1), LimitRequest::take(&enforced, key, 1)];
    for call in 1..=4 {
        let replies = store.all(&requests).await;
        assert_eq!(conforms(replies[0]), call <= 2, "the outcome that it would have enforced");
        assert!(conforms(replies[1]));
        assert_eq!(store.left(&enforced, key).await, 9 - call);
    }
    assert_eq!(store.left(&shadow, key).await, 0);
    assert!(!store.takes(&shadow, key, 1).await, "also when it is the only one");
}

pub async fn a_limit_in_shadow_takes_although_another_refuses(store: &Harness) {
    let (enforced, shadow, key) = (slow(1), slow(9).mode(Mode::Shadow), fresh_key());
    let requests = [LimitRequest::take(&enforced, key, 1), LimitRequest::take(&shadow, key, 2)];
    for call in 1..=3 {
        let replies = store.all(&requests).await;
        assert_eq!(conforms(replies[0]), call == 1);
        assert_eq!(granted(replies[1]), 2);
        assert_eq!(store.left(&shadow, key).await, 9 - 2 * call);
    }
}

pub async fn the_same_key_twice_in_a_call_counts_twice(store: &Harness) {
    let (policy, key) = (slow(5), fresh_key());
    let twice = |first, second| [LimitRequest::take(&policy, key, first), LimitRequest::take(&policy, key, second)];
    let replies = store.all(&twice(3, 3)).await;
    assert!(!replies.iter().all(|reply| conforms(*reply)), "{replies:?}");
    assert_eq!(store.left(&policy, key).await, 5);
    assert!(store.all(&twice(3, 2)).await.into_iter().all(conforms));
    assert_eq!(store.left(&policy, key).await, 0);
}

pub async fn eight_limits_at_once(store: &Harness) {
    let key = fresh_key();
    let policies: Vec<_> = (1..=8).map(|burst| slow(burst + 1)).collect();
    let requests: Vec<LimitRequest> = policies.iter().map(|policy| LimitRequest::take(policy, key, 2)).collect();
    assert!(store.all(&requests).await.into_iter().all(conforms));
    let replies = store.all(&requests).await;
    let refused: Vec<bool> = replies.into_iter().map(|reply| !conforms(reply)).collect();
    assert_eq!(refused, [true, true, false, false, false, false, false, false]);
    for (taken, policy) in (0..).zip(&policies) {
        assert_eq!(store.left(policy, key).await, taken, "only the first call took units");
    }
}

pub async fn replies_come_in_the_order_of_the_requests(store: &Harness) {
    let policies = [slow(30), slow(10).mode(Mode::Shadow), slow(20), slow(40)];
    let requests: Vec<LimitRequest> =
        policies.iter().map(|policy| LimitRequest::take(policy, fresh_key(), 1)).collect();
    let replies = store.all(&requests).await;
    let remaining = policies.iter().zip(replies).map(|(policy, reply)| policy.rule().remaining(until_idle(reply)));
    assert_eq!(remaining.collect::<Vec<_>>(), [29, 9, 19, 39]);
}

pub async fn charges_refunds_and_partial_takes_happen_although_another_limit_refuses(store: &Harness) {
    let (used, charged, partly, refunded, key) = (slow(1), slow(9), slow(9), slow(9), fresh_key());
    assert!(store.takes(&used, key, 1).await);
    assert!(store.takes(&refunded, key, 5).await);
    let request = |policy: &limiter_lib::Policy, action| LimitRequest { policy: policy.clone(), key, action };
    let replies = store
        .all(&[
            request(&charged, Action::Charge(2)),
            request(&used, Action::Take(1)),
            request(&partly, Action::TakeUpTo(3)),
            request(&refunded, Action::Refund(4)),
        ])
        .await;
    assert!(matches!(replies[1], StoreOutcome::Exceeds { .. }));
    assert_eq!(granted(replies[2]), 3);
    let left = [store.left(&charged, key).await, store.left(&partly, key).await, store.left(&refunded, key).await];
    assert_eq!(left, [7, 6, 8]);
}

pub async fn tasks_at_once_take_the_same_from_all_limits(store: &Harness) {
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
    // A call may be refused for units that another is about to refund; never admitted for them.
    assert!(admitted <= 300);
    while store.all(&both).await.into_iter().all(conforms) {
        admitted += 1;
    }
    assert_eq!(admitted, 300);
    assert_eq!((store.left(&wide, key).await, store.left(&narrow, key).await), (100, 0));
}
