//! The rules of the breaker, among them four defects that published breakers have.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::client::{CallError, FailureKind};

const MS: Duration = Duration::from_millis(1);
const GOOD: Outcome = Outcome::Success { took: MS };
const BAD: Outcome = Outcome::Failure { took: MS };

fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn machine() -> Machine {
    Machine::new(BreakerSettings::default())
}

/// Makes one call that ends at once.
fn call(machine: &mut Machine, outcome: Outcome, now: Duration) -> Option<Transition> {
    let admission = machine.admit().expect("the call may be made");
    machine.record(admission, outcome, now)
}

fn opened(now: Duration) -> Machine {
    let mut machine = machine();
    for _ in 0..5 {
        call(&mut machine, BAD, now);
    }
    assert!(matches!(machine.state(), State::Open { .. }));
    machine
}

fn half_open() -> Machine {
    let mut machine = opened(at(0.0));
    machine.probed(true, at(1.0)).expect("a good probe leads on");
    assert_eq!(machine.state(), State::HalfOpen);
    machine
}

#[test]
fn five_failures_in_a_row_open_it_and_a_success_in_between_starts_over() {
    let mut machine = machine();
    for outcome in [BAD, BAD, BAD, BAD, GOOD, BAD, BAD, BAD, BAD] {
        assert_eq!(call(&mut machine, outcome, at(1.0)), None);
    }
    let transition = call(&mut machine, BAD, at(1.0)).expect("it opens");
    assert_eq!(transition.reason, "failures in a row");
    assert_eq!(machine.admit(), Err(Rejection::Open));
}

#[test]
fn after_ten_thousand_successes_a_failing_service_still_opens_it() {
    let mut machine = machine();
    for i in 0..10_000 {
        call(&mut machine, GOOD, at(f64::from(i) / 1000.0));
    }
    // Every other call fails: never two in a row. The window forgets the good old days within ten seconds.
    let opened = (0..1000).position(|i| {
        let outcome = if i % 2 == 0 { BAD } else { GOOD };
        call(&mut machine, outcome, at(20.0 + f64::from(i) / 100.0)).is_some()
    });
    assert_eq!(opened, Some(19), "at the twentieth outcome of the window");
}

#[test]
fn slow_answers_open_it_although_none_fails() {
    let mut machine = machine();
    let slow = Outcome::Success { took: 60 * MS };
    let transition = (0..20).find_map(|_| call(&mut machine, slow, at(1.0))).expect("it opens");
    assert_eq!(transition.reason, "share of slow calls");
}

#[test]
fn a_few_failures_among_many_successes_leave_it_closed() {
    let mut machine = machine();
    for i in 0..10_000 {
        let outcome = if i % 100 == 0 { BAD } else { GOOD };
        assert_eq!(call(&mut machine, outcome, at(f64::from(i) / 100.0)), None);
    }
}

#[test]
fn half_open_lets_one_of_a_thousand_through() {
    let mut machine = half_open();
    let admitted = (0..1000).filter(|_| machine.admit().is_ok()).count();
    assert_eq!(admitted, 1);
}

#[test]
fn a_cancelled_call_gives_its_place_back() {
    let mut machine = half_open();
    for _ in 0..100 {
        let admission = machine.admit().expect("the place is free again");
        assert_eq!(machine.admit(), Err(Rejection::Open));
        machine.record(admission, Outcome::Cancelled, at(1.0));
    }
    assert_eq!(machine.state(), State::HalfOpen);
}

#[test]
fn a_call_begun_before_the_trip_neither_closes_nor_reopens_it() {
    let mut machine = machine();
    let early: Vec<_> = (0..3).map(|_| machine.admit().expect("closed")).collect();
    for _ in 0..5 {
        call(&mut machine, BAD, at(0.0));
    }
    assert_eq!(machine.record(early[0], GOOD, at(0.1)), None);
    assert!(matches!(machine.state(), State::Open { .. }));
    machine.probed(true, at(1.0));
    let probe = machine.admit().expect("the one call of half-open");
    assert_eq!(machine.record(early[1], GOOD, at(1.1)), None, "it says nothing about now");
    assert_eq!(machine.record(early[2], BAD, at(1.1)), None);
    assert_eq!(machine.state(), State::HalfOpen);
    assert!(machine.record(probe, GOOD, at(1.2)).is_some());
}

#[test]
fn a_probe_before_its_time_or_a_bad_one_changes_nothing() {
    let mut machine = opened(at(0.0));
    assert_eq!(machine.probed(true, at(0.4)), None);
    assert_eq!(machine.probed(false, at(9.0)), None);
    assert!(machine.probed(true, at(9.0)).is_some());
    assert_eq!(machine.probed(true, at(9.0)), None, "half-open takes no probes");
}

#[test]
fn a_breaker_that_nobody_probes_lets_one_caller_through_when_its_time_is_over() {
    let mut machine = opened(at(0.0));
    assert_eq!(machine.due(at(0.4)), None);
    assert_eq!(machine.admit(), Err(Rejection::Open));
    assert!(machine.due(at(0.5)).is_some());
    assert_eq!(machine.due(at(0.5)), None, "the second caller finds it half-open");
    let admission = machine.admit().expect("one call");
    assert_eq!(machine.admit(), Err(Rejection::Open));
    machine.record(admission, BAD, at(0.6));
    assert_eq!(machine.state(), State::Open { until: at(1.6) }, "and longer than before");
}

#[test]
fn calls_come_back_gently() {
    let mut machine = half_open();
    call(&mut machine, GOOD, at(1.0));
    let mut limits = Vec::new();
    while let State::Ramp { limit, .. } = machine.state() {
        let admitted: Vec<_> = std::iter::from_fn(|| machine.admit().ok()).collect();
        limits.push((limit, admitted.len() as u32));
        for admission in admitted {
            machine.record(admission, GOOD, at(1.0));
        }
    }
    assert_eq!(limits, [(2, 2), (4, 4), (8, 8), (16, 16), (32, 32), (64, 64)]);
    assert_eq!(machine.state(), State::Closed);
}

#[test]
fn flapping_waits_longer_each_time_and_health_is_forgiven_slowly() {
    let mut machine = half_open();
    call(&mut machine, BAD, at(1.0));
    assert_eq!(machine.state(), State::Open { until: at(2.0) });
    machine.probed(true, at(2.0));
    call(&mut machine, BAD, at(2.0));
    assert_eq!(machine.state(), State::Open { until: at(4.0) });
    machine.probed(true, at(4.0));
    while machine.state() != State::Closed {
        call(&mut machine, GOOD, at(4.0));
    }
    for seconds in [4.0, 20.0, 35.0, 66.0] {
        call(&mut machine, GOOD, at(seconds)); // forgives one doubling at 35 s and one at 66 s
    }
    for _ in 0..5 {
        call(&mut machine, BAD, at(70.0));
    }
    assert_eq!(machine.state(), State::Open { until: at(70.5) });
}

#[test]
fn more_calls_than_the_bulkhead_holds_are_turned_away_without_blame() {
    let mut machine = machine();
    let admitted: Vec<_> = (0..64).map(|_| machine.admit().expect("room")).collect();
    assert_eq!(machine.admit(), Err(Rejection::Saturated));
    machine.record(admitted[0], GOOD, at(1.0));
    assert!(machine.admit().is_ok());
    assert_eq!(machine.state(), State::Closed);
}

proptest! {
    #[test]
    fn whatever_happens_limits_hold_and_it_can_recover(steps in prop::collection::vec((0u8..5, 0u64..800), 1..400)) {
        let mut machine = machine();
        let mut calls = Vec::new();
        let mut now = Duration::ZERO;
        for (step, pause) in steps {
            now += Duration::from_millis(pause);
            match step {
                0 | 1 => {
                    let before = machine.state();
                    if let Ok(admission) = machine.admit() {
                        let open = matches!(before, State::Open { .. });
                        prop_assert!(!open, "open lets nobody through");
                        calls.push(admission);
                    }
                    prop_assert!(calls.len() <= 64);
                }
                2 => drop(machine.probed(pause % 2 == 0, now)),
                _ => if !calls.is_empty() {
                    let admission = calls.swap_remove(pause as usize % calls.len());
                    let outcome = [GOOD, BAD, Outcome::Cancelled][pause as usize % 3];
                    let from = machine.state();
                    if let Some(transition) = machine.record(admission, outcome, now) {
                        prop_assert_eq!(transition.from, from);
                        if transition.to == State::Closed {
                            let ramp = matches!(from, State::Ramp { .. });
                            prop_assert!(ramp, "only a ramp leads to closed");
                        }
                    }
                },
            }
        }
        for admission in calls.drain(..) {
            machine.record(admission, Outcome::Cancelled, now);
        }
        for _ in 0..1000 {
            now += Duration::from_secs(1);
            machine.probed(true, now);
            if let Ok(admission) = machine.admit() {
                machine.record(admission, GOOD, now);
            }
        }
        prop_assert_eq!(machine.state(), State::Closed, "no leaked place, no dead end");
    }
}

async fn never() -> Result<(), CallError> {
    std::future::pending().await
}

#[tokio::test]
async fn calls_that_outlive_their_deadline_are_counted() {
    let breaker = Breaker::new("test", BreakerSettings::default());
    for _ in 0..5 {
        let outcome = breaker.call(5 * MS, never()).await;
        assert!(matches!(outcome, Err(Guarded::Called(CallError::Failed(FailureKind::ResponseTimeout)))));
    }
    assert!(matches!(breaker.state(), State::Open { .. }));
    assert_eq!(breaker.report().last_failure, Some(FailureKind::ResponseTimeout));
}

#[tokio::test]
async fn without_a_probe_the_next_caller_finds_out_that_the_service_is_back() {
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
async fn calls_cut_off_by_somebody_elses_timeout_are_counted_when_their_time_was_up() {
    let breaker = Breaker::new("test", BreakerSettings::default());
    for _ in 0..50 {
        if let Ok(permit) = breaker.acquire(Duration::ZERO) {
            drop(permit);
        }
    }
    assert!(matches!(breaker.state(), State::Open { .. }));
}

#[tokio::test]
async fn callers_who_go_away_early_count_as_nothing() {
    let breaker = Breaker::new("test", BreakerSettings::default());
    for _ in 0..200 {
        let call = breaker.call(Duration::from_secs(60), never());
        drop(tokio::time::timeout(Duration::ZERO, call).await);
    }
    assert_eq!(breaker.state(), State::Closed);
    assert!(breaker.call(MS, async { Ok(()) }).await.is_ok(), "no place was lost");
}

#[tokio::test]
async fn ten_thousand_refusals_and_limits_leave_it_closed() {
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
async fn the_probe_finds_out_that_an_idle_service_died_and_that_it_came_back() {
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
