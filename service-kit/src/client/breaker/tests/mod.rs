//! Rules of the breaker, among them four defects of published breakers.

mod model;
mod shared;

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const GOOD: Outcome = Outcome::Success;
const BAD: Outcome = Outcome::Failure;
/// A rate limit of the service on this caller, and an overload of the service.
const LIMITED: Outcome = Outcome::RetryAfter { after: Duration::from_secs(4), failed: false };
const OVERLOADED: Outcome = Outcome::RetryAfter { after: Duration::from_secs(4), failed: true };

fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn machine() -> Machine {
    Machine::new(BreakerSettings::default())
}

/// Makes one call that ends at once.
fn call(machine: &mut Machine, outcome: Outcome, now: Duration) -> Option<Transition> {
    let admission = machine.try_acquire().expect("the call may be made");
    machine.record(admission, outcome, now)
}

/// Makes `calls` failing calls.
fn fail(machine: &mut Machine, calls: u32, now: Duration) {
    for _ in 0..calls {
        call(machine, BAD, now);
    }
}

fn opened(now: Duration) -> Machine {
    let mut machine = machine();
    fail(&mut machine, 5, now);
    assert!(matches!(machine.state(), State::Open { .. }));
    machine
}

fn half_open() -> Machine {
    let mut machine = opened(at(0.0));
    machine.on_probe(true, at(1.0)).expect("a good probe leads on");
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
    assert_eq!(machine.try_acquire(), Err(Rejection::Open));
}

#[test]
fn after_ten_thousand_successes_a_failing_service_still_opens_it() {
    let mut machine = machine();
    for i in 0..10_000 {
        call(&mut machine, GOOD, at(f64::from(i) / 1000.0));
    }
    // Every other call fails: never two in a row. The window drops the old successes within ten seconds.
    let opened = (0..1000).position(|i| {
        let outcome = if i % 2 == 0 { BAD } else { GOOD };
        call(&mut machine, outcome, at(20.0 + f64::from(i) / 100.0)).is_some()
    });
    assert_eq!(opened, Some(19), "at the twentieth outcome of the window");
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
    let admitted = (0..1000).filter(|_| machine.try_acquire().is_ok()).count();
    assert_eq!(admitted, 1);
}

#[test]
fn a_cancelled_call_frees_its_slot() {
    let mut machine = half_open();
    for _ in 0..100 {
        let admission = machine.try_acquire().expect("the slot is free again");
        assert_eq!(machine.try_acquire(), Err(Rejection::Open));
        machine.record(admission, Outcome::Cancelled, at(1.0));
    }
    assert_eq!(machine.state(), State::HalfOpen);
}

#[test]
fn a_call_started_before_it_opened_neither_closes_nor_reopens_it() {
    let mut machine = machine();
    let early: Vec<_> = (0..3).map(|_| machine.try_acquire().expect("closed")).collect();
    for _ in 0..5 {
        call(&mut machine, BAD, at(0.0));
    }
    assert_eq!(machine.record(early[0], GOOD, at(0.1)), None);
    assert!(matches!(machine.state(), State::Open { .. }));
    machine.on_probe(true, at(1.0));
    let probe = machine.try_acquire().expect("the one call of half-open");
    assert_eq!(machine.record(early[1], GOOD, at(1.1)), None, "it says nothing about now");
    assert_eq!(machine.record(early[2], BAD, at(1.1)), None);
    assert_eq!(machine.state(), State::HalfOpen);
    assert!(machine.record(probe, GOOD, at(1.2)).is_some());
}

#[test]
fn a_probe_before_its_time_or_a_bad_one_changes_nothing() {
    let mut machine = opened(at(0.0));
    assert_eq!(machine.on_probe(true, at(0.4)), None);
    assert_eq!(machine.on_probe(false, at(9.0)), None);
    assert!(machine.on_probe(true, at(9.0)).is_some());
    assert_eq!(machine.on_probe(true, at(9.0)), None, "half-open takes no probes");
}

#[test]
fn a_breaker_without_probe_allows_one_call_after_the_open_time() {
    let mut machine = opened(at(0.0));
    assert_eq!(machine.try_half_open(at(0.4)), None);
    assert_eq!(machine.try_acquire(), Err(Rejection::Open));
    assert!(machine.try_half_open(at(0.5)).is_some());
    assert_eq!(machine.try_half_open(at(0.5)), None, "the second caller finds it half-open");
    let admission = machine.try_acquire().expect("one call");
    assert_eq!(machine.try_acquire(), Err(Rejection::Open));
    machine.record(admission, BAD, at(0.6));
    call(&mut machine, BAD, at(0.6));
    assert_eq!(machine.state(), State::Open { until: at(1.6) }, "and longer than before");
}

#[test]
fn one_failure_while_half_open_does_not_reopen_it() {
    let mut machine = half_open();
    call(&mut machine, BAD, at(1.0));
    assert_eq!(machine.state(), State::HalfOpen);
    call(&mut machine, GOOD, at(1.0));
    assert!(matches!(machine.state(), State::Ramp { .. }));
}

#[test]
fn a_ramp_tolerates_what_would_not_open_it_and_repeats_a_round_that_fails_by_half() {
    let mut machine = half_open();
    call(&mut machine, GOOD, at(1.0));
    for outcome in [BAD, GOOD] {
        assert_eq!(call(&mut machine, outcome, at(1.0)), None);
    }
    assert_eq!(machine.state(), State::Ramp { limit: 2, ended: 0, failed: 0 });
    let closed = (0..1000).find(|i| {
        let outcome = if i % 3 == 0 { BAD } else { GOOD };
        call(&mut machine, outcome, at(1.0)).is_some_and(|transition| transition.to == State::Closed)
    });
    assert!(closed.is_some(), "a third of failures opens no closed breaker and keeps none from closing");
}

#[test]
fn a_ramp_opens_again_where_a_closed_breaker_would() {
    for outcomes in [[BAD, BAD], [BAD, GOOD]] {
        let mut machine = half_open();
        call(&mut machine, GOOD, at(1.0));
        let opened = (0..200).find_map(|i| call(&mut machine, outcomes[i % 2], at(1.0)));
        assert!(matches!(opened, Some(Transition { to: State::Open { .. }, .. })), "{outcomes:?}");
        assert_eq!(machine.state(), State::Open { until: at(2.0) }, "for longer than before");
    }
}

#[test]
fn answers_with_retry_after_in_a_row_pause_the_callers() {
    let mut machine = machine();
    for outcome in [LIMITED, LIMITED, LIMITED, LIMITED, GOOD, LIMITED, LIMITED, LIMITED, LIMITED] {
        assert_eq!(call(&mut machine, outcome, at(1.0)), None, "a few are bad luck");
    }
    assert!(call(&mut machine, LIMITED, at(1.0)).is_some());
    assert_eq!(machine.state(), State::Open { until: at(5.0) });
    assert!(machine.is_paused());
    assert_eq!(machine.try_half_open(at(4.9)), None);
    assert!(machine.try_half_open(at(5.0)).is_some());
    assert_eq!(machine.state(), State::HalfOpen);
    assert!(call(&mut machine, LIMITED, at(5.0)).is_some(), "one more is enough now");
    assert_eq!(machine.state(), State::Open { until: at(9.0) });
}

#[test]
fn a_good_probe_ends_a_pause() {
    let mut paused = machine();
    for _ in 0..5 {
        call(&mut paused, LIMITED, at(1.0));
    }
    assert_eq!(paused.on_probe(false, at(1.1)), None);
    assert!(paused.on_probe(true, at(1.1)).is_some(), "a limit may be lifted at any time");

    let mut failed = machine();
    for _ in 0..5 {
        call(&mut failed, OVERLOADED, at(1.0));
    }
    assert_eq!(failed.state(), State::Open { until: at(5.0) });
    assert!(!failed.is_paused(), "a failing service is for the probe to judge");
    assert_eq!(failed.on_probe(true, at(1.4)), None);
    assert!(failed.on_probe(true, at(1.5)).is_some(), "`Retry-After` is for callers");
}

#[test]
fn failed_recoveries_double_the_open_time_up_to_its_maximum() {
    let mut machine = opened(at(0.0));
    for round in 1..100 {
        let now = at(20.0 * f64::from(round));
        machine.try_half_open(now);
        fail(&mut machine, 2, now);
    }
    assert_eq!(machine.state(), State::Open { until: at(1995.0) });
    machine.try_half_open(at(2000.0));
    while machine.state() != State::Closed {
        call(&mut machine, GOOD, at(2000.0));
    }
    for _ in 0..5 {
        call(&mut machine, BAD, at(2050.0));
    }
    assert_eq!(machine.state(), State::Open { until: at(2050.5) }, "fifty healthy seconds forgive all of it");
}

#[test]
fn calls_ramp_up_by_doubling() {
    let mut machine = half_open();
    call(&mut machine, GOOD, at(1.0));
    let mut limits = Vec::new();
    while let State::Ramp { limit, .. } = machine.state() {
        let admitted: Vec<_> = std::iter::from_fn(|| machine.try_acquire().ok()).collect();
        limits.push((limit, admitted.len() as u32));
        for admission in admitted {
            machine.record(admission, GOOD, at(1.0));
        }
    }
    assert_eq!(limits, [(2, 2), (4, 4), (8, 8), (16, 16), (32, 32), (64, 64)]);
    assert_eq!(machine.state(), State::Closed);
}

#[test]
fn flapping_doubles_the_open_time_and_healthy_time_takes_it_back() {
    let mut machine = half_open();
    fail(&mut machine, 2, at(1.0));
    assert_eq!(machine.state(), State::Open { until: at(2.0) });
    machine.on_probe(true, at(2.0));
    fail(&mut machine, 2, at(2.0));
    assert_eq!(machine.state(), State::Open { until: at(4.0) });
    for (closed, opened, open_for) in [(4.0, 4.1, 2.0), (7.0, 17.0, 1.0), (19.0, 300.0, 0.5)] {
        machine.on_probe(true, at(closed));
        while machine.state() != State::Closed {
            call(&mut machine, GOOD, at(closed));
        }
        for _ in 0..5 {
            call(&mut machine, BAD, at(opened));
        }
        assert_eq!(machine.state(), State::Open { until: at(opened + open_for) });
    }
}

#[test]
fn more_calls_than_the_bulkhead_holds_are_rejected_as_saturated() {
    let mut machine = machine();
    let admitted: Vec<_> = (0..64).map(|_| machine.try_acquire().expect("room")).collect();
    assert_eq!(machine.try_acquire(), Err(Rejection::Saturated));
    machine.record(admitted[0], GOOD, at(1.0));
    assert!(machine.try_acquire().is_ok());
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
                    if let Ok(admission) = machine.try_acquire() {
                        let open = matches!(before, State::Open { .. });
                        prop_assert!(!open, "open allows no call");
                        calls.push(admission);
                    }
                    prop_assert!(calls.len() <= 64);
                }
                2 => drop(machine.on_probe(pause % 2 == 0, now)),
                _ => if !calls.is_empty() {
                    let admission = calls.swap_remove(pause as usize % calls.len());
                    let outcome = [GOOD, BAD, Outcome::Cancelled, LIMITED, OVERLOADED][pause as usize % 5];
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
            machine.on_probe(true, now);
            if let Ok(admission) = machine.try_acquire() {
                machine.record(admission, GOOD, now);
            }
        }
        prop_assert_eq!(machine.state(), State::Closed, "no leaked slot, no dead end");
    }
}
