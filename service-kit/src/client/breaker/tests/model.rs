//! Simulated outages: share of calls that succeed under constant load.

use std::collections::VecDeque;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::super::*;
use super::{BAD, GOOD};

/// Interval of probes of the open breaker, in ms.
const PROBE_INTERVAL: u64 = 150;

/// A breaker, the calls in flight, and the service, in steps of 1 ms.
struct Model {
    machine: Machine,
    random: StdRng,
    /// Calls per second.
    rate: u64,
    /// Duration of a call in ms.
    latency: u64,
    calls: VecDeque<(u64, Admission, Outcome)>,
    now: u64,
}

impl Model {
    fn new(seed: u64, rate: u64, latency: u64) -> Self {
        let (machine, random) = (Machine::new(BreakerSettings::default()), StdRng::seed_from_u64(seed));
        Self { machine, random, rate, latency, calls: VecDeque::new(), now: 0 }
    }

    /// Runs for `ms` in which a share `failures` of the calls fails. Returns the share of successful calls, and the
    /// time of the first.
    fn run(&mut self, ms: u64, failures: f64) -> (f64, Option<u64>) {
        let (begin, mut calls, mut successes, mut first) = (self.now, 0_u32, 0_u32, None);
        while self.now < begin + ms {
            self.now += 1;
            let now = Duration::from_millis(self.now);
            while let Some((_, admission, outcome)) = self.calls.pop_front_if(|(ends, ..)| *ends <= self.now) {
                self.machine.record(admission, outcome, now);
            }
            if self.now.is_multiple_of(PROBE_INTERVAL) {
                let good = !self.random.random_bool(failures);
                self.machine.on_probe(good, now);
            }
            for _ in (self.now - 1) * self.rate / 1000..self.now * self.rate / 1000 {
                calls += 1;
                let Ok(admission) = self.machine.try_acquire() else { continue };
                let outcome = if self.random.random_bool(failures) { BAD } else { GOOD };
                self.calls.push_back((self.now + self.latency, admission, outcome));
                if outcome == GOOD {
                    successes += 1;
                    first.get_or_insert(self.now - begin);
                }
            }
        }
        (f64::from(successes) / f64::from(calls), first)
    }
}

#[test]
fn after_an_outage_few_errors_fail_only_their_own_calls() {
    for (failures, least) in [(0.01, 0.98), (0.02, 0.97), (0.05, 0.94)] {
        for (seed, latency) in (0..40).zip([1, 5, 40, 75].into_iter().cycle()) {
            let mut model = Model::new(seed, 300, latency);
            model.run(10_000, failures);
            model.run(3_000, 1.0);
            let (successes, _) = model.run(60_000, failures);
            assert!(successes >= least, "{successes} of {failures}, seed {seed}, {latency} ms");
            assert_eq!(model.machine.state(), State::Closed);
        }
    }
}

#[test]
fn slow_answers_within_the_deadline_are_successes() {
    for latency in [60, 75, 99] {
        let mut model = Model::new(1, 300, latency);
        assert_eq!(model.run(120_000, 0.0).0, 1.0, "{latency} ms");
    }
}

#[test]
fn after_a_time_of_flapping_a_later_outage_ends_as_fast_as_the_first() {
    let recovery = |model: &mut Model| {
        model.run(3_000, 1.0);
        model.run(10_000, 0.0).1.expect("calls succeed again")
    };
    // So few calls that a second of health does not end a ramp.
    let model = || Model::new(1, 100, 5);
    let first = recovery(&mut model());
    for flaps in [1, 5, 30, 300] {
        let mut model = model();
        for _ in 0..flaps {
            model.run(1_000, 0.0);
            model.run(1_000, 1.0);
        }
        model.run(180_000, 0.0);
        let later = recovery(&mut model);
        assert!(later <= first + PROBE_INTERVAL, "{later} ms after {flaps} flaps, {first} ms at first");
    }
}

#[test]
fn a_service_that_mostly_fails_gets_few_calls() {
    let mut model = Model::new(1, 300, 5);
    let (successes, _) = model.run(120_000, 0.7);
    assert!(successes < 0.1, "{successes}");
}
