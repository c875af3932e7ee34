//! A million decisions and more, from four processes, under all faults of a Redis.

use std::time::Instant;

use limiter_lib::testing::RedisServer;

use crate::{
    audit, checker::Checker, clock::ShiftedClock, findings::Findings, fleet::Fleet, plan::Plan, replica::Report,
};

/// Offsets of the replicas' clocks, in seconds: nothing may depend on them.
const CLOCKS: [i64; 4] = [0, 300, -300, 7];
/// Faults, spread evenly over the run. Each step of the clock is 30 s.
const FAULTS: [Fault; 20] = {
    use Fault::*;
    [
        FlushScripts,
        KillClients,
        KillServer,
        KillClients,
        StepForward,
        FlushScripts,
        KillClients,
        StepBack,
        KillServer,
        FlushScripts,
        StepBack,
        KillClients,
        FlushState,
        StepForward,
        FlushScripts,
        StepForward,
        KillServer,
        StepBack,
        KillClients,
        FlushScripts,
    ]
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    FlushScripts,
    FlushState,
    KillClients,
    KillServer,
    StepForward,
    StepBack,
}

/// Number of calls: `REPLAY_DECISIONS`, a million by default.
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn calls() -> u64 {
    std::env::var("REPLAY_DECISIONS").map_or(1_000_000, |text| text.parse().expect("REPLAY_DECISIONS is a number"))
}

#[test]
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn decisions_of_four_processes_match_the_model_under_all_faults_of_redis() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ShiftedClock::new(folder.path(), "clock-redis");
    let mut redis = clock.redis();
    let seed = std::env::var("REPLAY_SEED").map_or_else(|_| rand::random::<u64>() >> 24, |text| text.parse().unwrap());
    println!("REPLAY_SEED={seed}");
    let started = Instant::now();
    let mut fleet = Fleet::start(folder.path(), &redis.url(), seed, calls(), &CLOCKS);
    let mut offset = 0;
    for (fault, number) in FAULTS.iter().zip(1..) {
        fleet.wait_for(calls() * number / (FAULTS.len() as u64 + 1));
        inject(*fault, &mut redis, &clock, &mut offset);
    }
    let (report, replies) = fleet.finish();
    let ran = started.elapsed();

    let plan = Plan::new(seed);
    let mut checker = Checker::new(&plan, replies);
    let cut = audit::read(&redis.folder().join("redis.log"), &plan.names(), |event| checker.on_event(event));
    let unmatched = checker.unmatched_replies();
    println!("{}", summary(&checker.findings, &report, &plan, cut, unmatched));
    println!("{:.1} s to decide, {:.1} s to compare", ran.as_secs_f64(), (started.elapsed() - ran).as_secs_f64());
    verify(&checker.findings, &report, &plan, cut, unmatched);
}

fn inject(fault: Fault, redis: &mut RedisServer, clock: &ShiftedClock, offset: &mut i64) {
    match fault {
        Fault::FlushScripts => assert_eq!(redis.command(&["SCRIPT", "FLUSH"]), "+OK\r\n"),
        Fault::FlushState => assert_eq!(redis.command(&["FLUSHALL"]), "+OK\r\n"),
        Fault::KillClients => assert!(redis.command(&["CLIENT", "KILL", "TYPE", "normal"]).starts_with(':')),
        Fault::KillServer => {
            redis.kill();
            redis.restart();
        }
        Fault::StepForward | Fault::StepBack => {
            *offset += if fault == Fault::StepForward { 30 } else { -30 };
            clock.set(*offset);
        }
    }
}

fn count(wanted: &[Fault]) -> usize {
    FAULTS.iter().filter(|one| wanted.contains(one)).count()
}

fn summary(findings: &Findings, report: &Report, plan: &Plan, cut: usize, unmatched: usize) -> String {
    let Findings { calls, decisions, admitted, unanswered, mismatches, beyond_exact, restored, .. } = findings;
    let (units, part) = findings.worst(plan);
    format!(
        "{calls} calls of {decisions} limits in Redis ({admitted} admitted, {unanswered} of them unanswered), {} refusals \
         from caches\n{mismatches} mismatches, {unmatched} replies without a decision, {beyond_exact} beyond the exact \
         quota, at most {units} units over after a loss of state ({:.3} % of a burst)\n{} kill -9, {} flushes of state, \
         {} of scripts, {} times all connections killed, {} clock steps of 30 s; {restored} keys restored, {cut} lines \
         truncated; errors: {:?}",
        report.cached,
        part * 100.0,
        count(&[Fault::KillServer]),
        count(&[Fault::FlushState]),
        count(&[Fault::FlushScripts]),
        count(&[Fault::KillClients]),
        count(&[Fault::StepForward, Fault::StepBack]),
        report.errors,
    )
}

fn verify(findings: &Findings, report: &Report, plan: &Plan, cut: usize, unmatched: usize) {
    assert!(findings.calls >= calls(), "{} calls", findings.calls);
    assert_eq!(findings.mismatches, 0, "the server replies as the model does: {:#?}", findings.examples);
    assert_eq!(unmatched, 0, "clients receive only replies that the server sent");
    assert_eq!(findings.beyond_exact, 0, "nothing is admitted beyond the exact quota");
    // One more than the injected losses: before the first replica joined there was no state either.
    let before_any = &findings.over[..2];
    assert!(before_any.iter().all(|over| over.is_empty()), "nothing is over while no state is lost: {before_any:?}");
    assert_eq!(findings.losses(), 1 + count(&[Fault::KillServer, Fault::FlushState]));
    assert_eq!(findings.steps as usize, count(&[Fault::StepForward, Fault::StepBack]));
    assert!(cut <= count(&[Fault::KillServer]), "{cut} lines cannot be read");
    let (units, part) = findings.worst(plan);
    assert!(part <= 0.01, "{units} units over after a loss, {:.3} % of a burst", part * 100.0);
    let unexpected: Vec<_> = report.errors.keys().filter(|word| word.starts_with("unforeseen")).collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
}
