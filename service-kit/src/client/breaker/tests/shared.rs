//! The breaker under tasks: permits, deadlines, dropped calls, the probe.

use std::time::Duration;

use super::super::*;
use crate::client::{CallError, FailureKind};

const MS: Duration = Duration::from_millis(1);

async fn never() -> Result<(), CallError> {
    std::future::pending().await
}

#[tokio::test]
async fn calls_that_outlive_their_deadline_are_counted() {
    let breaker = Breaker::new("test", BreakerSettings::default());
    for _ in 0..5 {
        let outcome = breaker.call(5 * MS, never()).await;
        assert!(matches!(outcome, Err(BreakerError::Called(CallError::Failed(FailureKind::ResponseTimeout)))));
    }
    assert!(matches!(breaker.state(), State::Open { .. }));
    assert_eq!(breaker.report().last_failure, Some(FailureKind::ResponseTimeout));
}

/// Blocks the only thread of the runtime, as misplaced blocking work does.
#[expect(clippy::disallowed_methods, reason = "blocks the thread, which is what the test is about")]
fn block_thread() {
    std::thread::sleep(Duration::from_millis(200));
}

#[tokio::test]
async fn timeouts_of_a_saturated_process_are_not_counted_as_failures() {
    let breaker = Breaker::new("test", BreakerSettings::default());
    for _ in 0..6 {
        let call = breaker.call(5 * MS, async {
            block_thread();
            never().await
        });
        let outcome = call.await;
        assert!(
            matches!(outcome, Err(BreakerError::Called(CallError::Failed(FailureKind::LocalSaturation)))),
            "{outcome:?}"
        );
        let permit = breaker.acquire(5 * MS).expect("closed");
        block_thread();
        drop(permit);
    }
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test]
async fn an_answer_that_arrived_while_the_thread_was_busy_is_taken() {
    let breaker = Breaker::new("test", BreakerSettings::default());
    let (sender, answer) = tokio::sync::oneshot::channel();
    let call = breaker.call(5 * MS, async {
        tokio::spawn(async { sender.send(42) });
        block_thread();
        Ok(answer.await.expect("an answer"))
    });
    assert_eq!(call.await.expect("a success"), 42);
}

#[tokio::test]
async fn retry_after_is_bounded_and_jittered() {
    let pauses = (0..32).map(|_| {
        let breaker = Breaker::new("test", BreakerSettings::default());
        for _ in 0..5 {
            let hour = CallError::RetryAfter { kind: FailureKind::Throttled, after: Duration::from_secs(3600) };
            breaker.acquire(MS).expect("closed").finish(Some(&hour));
        }
        assert!(breaker.acquire(MS).is_err(), "paused");
        breaker.retry_after()
    });
    let pauses: Vec<_> = pauses.collect();
    assert!(pauses.iter().all(|pause| *pause <= Duration::from_secs(5)), "{pauses:?}");
    let (least, most) = (pauses.iter().min().expect("some"), pauses.iter().max().expect("some"));
    assert!(*most - *least > Duration::from_millis(100), "replicas return one after the other: {pauses:?}");
}

#[tokio::test]
async fn without_a_probe_the_next_call_detects_the_recovery() {
    let settings = BreakerSettings { open_for: MS, ..BreakerSettings::default() };
    let (unprobed, probed) = (Breaker::unprobed(String::from("made-up"), settings), Breaker::new("test", settings));
    for breaker in [&unprobed, &probed] {
        for _ in 0..5 {
            let _ = breaker.acquire(Duration::ZERO).map(drop);
        }
        assert!(matches!(breaker.state(), State::Open { .. }));
    }
    let answers = async || unprobed.call(Duration::from_secs(60), async { Ok(()) }).await.is_ok();
    crate::testing::eventually("a call goes through", Duration::from_secs(5), answers).await;
    assert!(probed.acquire(Duration::ZERO).is_err());
}

#[tokio::test]
async fn calls_dropped_after_their_deadline_are_counted_as_failures() {
    let breaker = Breaker::new("test", BreakerSettings::default());
    for _ in 0..50 {
        if let Ok(permit) = breaker.acquire(Duration::ZERO) {
            drop(permit);
        }
    }
    assert!(matches!(breaker.state(), State::Open { .. }));
}

#[tokio::test]
async fn calls_dropped_before_their_deadline_are_not_counted() {
    let breaker = Breaker::new("test", BreakerSettings::default());
    for _ in 0..200 {
        let call = breaker.call(Duration::from_secs(60), never());
        drop(tokio::time::timeout(Duration::ZERO, call).await);
    }
    assert_eq!(breaker.state(), State::Closed);
    assert!(breaker.call(MS, async { Ok(()) }).await.is_ok(), "no slot was leaked");
}

#[tokio::test]
async fn ten_thousand_rejections_and_rate_limits_leave_it_closed() {
    let breaker = Breaker::new("test", BreakerSettings::default());
    let problem: contracts::Problem = serde_json::from_value(serde_json::json!({
        "type": "", "title": "", "status": 401, "code": "auth.token_invalid", "request_id": ""
    }))
    .expect("a problem");
    for turn in 0..10_000 {
        let error = if turn % 2 == 0 {
            CallError::Refused(Box::new(problem.clone()))
        } else {
            CallError::Failed(FailureKind::Throttled)
        };
        let _ = breaker.call(Duration::from_secs(1), async { Err::<(), _>(error) }).await;
    }
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test]
async fn the_probe_detects_the_outage_and_recovery_of_an_idle_service() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let breaker = Breaker::new("test", BreakerSettings { open_for: 5 * MS, ..BreakerSettings::default() });
    let alive = Arc::new(AtomicBool::new(false));
    let settings = probe::ProbeSettings { every: 2 * MS, when_idle: 2 * MS, deadline: Duration::from_secs(1) };
    let answers = Arc::clone(&alive);
    let task = tokio::spawn(probe::run(breaker.clone(), settings, move || {
        let up = answers.load(Ordering::Relaxed);
        async move { if up { Ok(()) } else { Err(CallError::Failed(FailureKind::ConnectionRefused)) } }
    }));
    let bound = Duration::from_secs(5);
    let open = async || matches!(breaker.state(), State::Open { .. });
    crate::testing::eventually("the breaker opens without any caller", bound, open).await;
    alive.store(true, Ordering::Relaxed);
    let closed = async || breaker.state() == State::Closed;
    crate::testing::eventually("the breaker closes without any caller", bound, closed).await;
    task.abort();
}
