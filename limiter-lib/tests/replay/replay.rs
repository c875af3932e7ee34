//! A million decisions and more, from four processes, under everything that happens to a Redis.

use std::time::Instant;

use limiter_lib::testing::RedisServer;

use crate::{audit, clock::ShiftedClock, findings::Findings, fleet::Fleet, judge::Judge, plan::Plan, replica::Report};

/// Clocks of the replicas, in seconds off: nothing may depend on them.
const CLOCKS: [i64; 4] = [0, 300, -300, 7];
/// What happens, spread evenly over the run. Each of the steps is 30 s.
const STORY: [Happening; 20] = {
    use Happening::*;
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
enum Happening {
    FlushScripts,
    FlushState,
    KillClients,
    KillServer,
    StepForward,
    StepBack,
}

/// `REPLAY_DECISIONS` calls, a million if it is not set.
fn calls() -> u64 {
    std::env::var("REPLAY_DECISIONS").map_or(1_000_000, |text| text.parse().expect("REPLAY_DECISIONS is a number"))
}

#[test]
fn four_processes_are_decided_on_as_the_model_says_whatever_happens_to_redis() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ShiftedClock::new(folder.path(), "clock-redis");
    let mut redis = clock.redis();
    let seed = std::env::var("REPLAY_SEED").map_or_else(|_| rand::random::<u64>() >> 24, |text| text.parse().unwrap());
    println!("REPLAY_SEED={seed}");
    let begun = Instant::now();
    let mut fleet = Fleet::start(folder.path(), &redis.url(), seed, calls(), &CLOCKS);
    let mut offset = 0;
    for (happening, number) in STORY.iter().zip(1..) {
        fleet.wait_for(calls() * number / (STORY.len() as u64 + 1));
        happen(*happening, &mut redis, &clock, &mut offset);
    }
    let (report, answers) = fleet.finish();
    let ran = begun.elapsed();

    let plan = Plan::new(seed);
    let mut judge = Judge::new(&plan, answers);
    let cut = audit::read(&redis.folder().join("redis.log"), &plan.names(), |event| judge.hear(event));
    let invented = judge.invented();
    println!("{}", summary(&judge.findings, &report, &plan, cut, invented));
    println!("{:.1} s to decide, {:.1} s to compare", ran.as_secs_f64(), (begun.elapsed() - ran).as_secs_f64());
    verify(&judge.findings, &report, &plan, cut, invented);
}

fn happen(happening: Happening, redis: &mut RedisServer, clock: &ShiftedClock, offset: &mut i64) {
    match happening {
        Happening::FlushScripts => assert_eq!(redis.command(&["SCRIPT", "FLUSH"]), "+OK\r\n"),
        Happening::FlushState => assert_eq!(redis.command(&["FLUSHALL"]), "+OK\r\n"),
        Happening::KillClients => assert!(redis.command(&["CLIENT", "KILL", "TYPE", "normal"]).starts_with(':')),
        Happening::KillServer => {
            redis.kill();
            redis.restart();
        }
        Happening::StepForward | Happening::StepBack => {
            *offset += if happening == Happening::StepForward { 30 } else { -30 };
            clock.set(*offset);
        }
    }
}

fn count(wanted: &[Happening]) -> usize {
    STORY.iter().filter(|one| wanted.contains(one)).count()
}

fn summary(findings: &Findings, report: &Report, plan: &Plan, cut: usize, invented: usize) -> String {
    let Findings { calls, decisions, admitted, unanswered, mismatches, beyond_exact, told, .. } = findings;
    let (units, part) = findings.worst(plan);
    format!(
        "{calls} calls of {decisions} limits in Redis ({admitted} admitted, {unanswered} of them unanswered), {} refusals \
         known without it\n{mismatches} mismatches, {invented} answers of nobody, {beyond_exact} beyond the exact quota, at \
         most {units} units over after a loss of state ({:.3} % of a burst)\n{} kill -9, {} flushes of state, {} of \
         scripts, {} times all connections killed, {} clock steps of 30 s; {told} keys told, {cut} lines cut off; errors: {:?}",
        report.known,
        part * 100.0,
        count(&[Happening::KillServer]),
        count(&[Happening::FlushState]),
        count(&[Happening::FlushScripts]),
        count(&[Happening::KillClients]),
        count(&[Happening::StepForward, Happening::StepBack]),
        report.errors,
    )
}

fn verify(findings: &Findings, report: &Report, plan: &Plan, cut: usize, invented: usize) {
    assert!(findings.calls >= calls(), "{} calls", findings.calls);
    assert_eq!(findings.mismatches, 0, "the server says what the model says: {:#?}", findings.examples);
    assert_eq!(invented, 0, "what clients are told is what the server said");
    assert_eq!(findings.beyond_exact, 0, "nothing is admitted beyond the exact quota");
    // One more loss than there were: before the first replica joined there was no state either.
    let before_any = &findings.over[..2];
    assert!(before_any.iter().all(|over| over.is_empty()), "nothing is over while no state is lost: {before_any:?}");
    assert_eq!(findings.losses(), 1 + count(&[Happening::KillServer, Happening::FlushState]));
    assert_eq!(findings.steps as usize, count(&[Happening::StepForward, Happening::StepBack]));
    assert!(cut <= count(&[Happening::KillServer]), "{cut} lines cannot be read");
    let (units, part) = findings.worst(plan);
    assert!(part <= 0.01, "{units} units over after a loss, {:.3} % of a burst", part * 100.0);
    let unforeseen: Vec<_> = report.errors.keys().filter(|word| word.starts_with("unforeseen")).collect();
    assert!(unforeseen.is_empty(), "{unforeseen:?}");
}
