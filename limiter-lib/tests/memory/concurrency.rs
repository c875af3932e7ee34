//! Eight threads at once.

use std::{
    sync::{
        Barrier, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use limiter_lib::{Action, Clock, Key, LimitRequest, MemoryStore, Overflow, Policy, Quota, Store, StoreOutcome};

use crate::{act, key, left, policy, take, take_all};

const THREADS: usize = 8;

/// Runs `body` on eight threads that start together, and sums up the results.
fn on_threads(body: impl Fn(usize) -> u32 + Sync) -> u32 {
    let start = Barrier::new(THREADS);
    let run = |thread| {
        start.wait();
        body(thread)
    };
    thread::scope(|scope| {
        let run = &run;
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || run(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

/// Pseudo-random numbers, the same in each run.
fn numbers(seed: usize) -> impl FnMut() -> usize {
    let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    }
}

#[test]
fn one_key_is_shared_exactly() {
    let clock = Clock::manual();
    let store = MemoryStore::with_clock(64, clock.clone());
    // So many that the threads run at the same time.
    let policy = policy("a", 300_000);
    assert_eq!(on_threads(|_| take_all(&store, &policy, key(1))), 300_000);
    clock.advance(Duration::from_secs(777));
    assert_eq!(on_threads(|_| take_all(&store, &policy, key(1))), 777);
}

#[test]
fn many_keys_are_shared_exactly() {
    const KEYS: usize = 500;
    let store = MemoryStore::with_clock(8 * KEYS, Clock::manual());
    let policy = policy("a", 20).overflow(Overflow::Refuse);
    let admitted = on_threads(|thread| {
        let mut next = numbers(thread);
        (0..20_000).filter(|_| take(&store, &policy, key(next() % KEYS))).count() as u32
    });
    let rest: u32 = (0..KEYS).map(|index| take_all(&store, &policy, key(index))).sum();
    assert_eq!(admitted + rest, 20 * KEYS as u32);
}

#[test]
fn units_that_come_back_while_all_take_are_shared_exactly() {
    let clock = Clock::manual();
    let store = MemoryStore::with_clock(64, clock.clone());
    let policy = Policy::new("a", Quota::per_second(1_000_000).unwrap().with_burst(1_000).unwrap()).unwrap();
    let first = take_all(&store, &policy, key(1));
    let admitted = on_threads(|thread| {
        let takes = (0..20_000).filter(|_| {
            // Each refilled unit is requested, so the key is never idle and no refilled unit is lost.
            if thread == 0 {
                clock.advance(Duration::from_micros(1));
            }
            take(&store, &policy, key(1))
        });
        takes.count() as u32
    });
    let elapsed = clock.now() - Clock::manual().now();
    let rest = take_all(&store, &policy, key(1));
    assert_eq!(u64::from(first + admitted + rest), 1_000 + elapsed / policy.rule().interval);
}

#[test]
fn refunds_and_charges_among_takes_keep_the_sum() {
    let store = MemoryStore::with_clock(64, Clock::manual());
    let policy = policy("a", 1_000_000);
    act(&store, &policy, key(1), Action::Charge(500_000));
    on_threads(|_| {
        for _ in 0..2_000 {
            act(&store, &policy, key(1), Action::Take(7));
            act(&store, &policy, key(1), Action::Refund(5));
            act(&store, &policy, key(1), Action::Charge(2));
            act(&store, &policy, key(1), Action::TakeUpTo(1));
        }
        0
    });
    assert_eq!(left(&store, &policy, key(1)), 500_000 - 8 * 2_000 * 5);
}

#[test]
fn two_limits_at_once_take_the_same_from_both() {
    let store = MemoryStore::with_clock(64, Clock::manual());
    let (wide, narrow) = (policy("wide", 900), policy("narrow", 700));
    let both = |first: &Policy, second: &Policy| {
        let requests = [LimitRequest::take(first, key(1), 1), LimitRequest::take(second, key(1), 1)];
        store.decide_now(&requests).unwrap().iter().all(|reply| !reply.exceeds())
    };
    let admitted = on_threads(|thread| {
        // In both orders, so that each has to refund for the other.
        let (first, second) = if thread % 2 == 0 { (&wide, &narrow) } else { (&narrow, &wide) };
        (0..1_000).filter(|_| both(first, second)).count() as u32
    });
    let rest = (0..).take_while(|_| both(&wide, &narrow)).count() as u32;
    assert_eq!(admitted + rest, 700);
    assert_eq!((left(&store, &wide, key(1)), left(&store, &narrow, key(1))), (200, 0));
}

/// A table of eight slots under contention by a crowd of short-lived keys, with a clock that makes them idle.
fn crowded(watched: &Policy, crowd: &Policy, keys: usize, step: Duration) -> (Vec<u32>, u64) {
    let clock = Clock::manual();
    let store = MemoryStore::with_clock(8, clock.clone());
    let admitted: Vec<AtomicU32> = (0..keys).map(|_| AtomicU32::new(0)).collect();
    let done = AtomicBool::new(false);
    on_threads(|thread| {
        let mut next = numbers(thread);
        if thread == 0 {
            for _ in 0..20_000 {
                clock.advance(step);
                thread::yield_now();
            }
            done.store(true, Relaxed);
        }
        while !done.load(Relaxed) {
            let index = next() % keys;
            if take(&store, watched, key(index)) {
                admitted[index].fetch_add(1, Relaxed);
            }
            take(&store, crowd, Key::user(&(next() % 1_000).to_string()));
        }
        0
    });
    (admitted.into_iter().map(AtomicU32::into_inner).collect(), clock.now() - Clock::manual().now())
}

#[test]
fn a_crowd_never_gives_an_active_key_more_than_its_quota() {
    // Four pinned keys stay active, since they are requested all the time; the others compete for the remaining slots.
    let watched = policy("watched", 50).overflow(Overflow::Refuse);
    let crowd = Policy::new("crowd", Quota::per_second(1_000).unwrap().with_burst(1).unwrap()).unwrap();
    let (admitted, elapsed) = crowded(&watched, &crowd, 4, Duration::from_millis(1));
    let most = 50 + elapsed / watched.rule().interval;
    assert!(admitted.iter().all(|admitted| u64::from(*admitted) <= most), "{admitted:?} of {most}");
    assert!(admitted.iter().all(|admitted| *admitted > 0));
}

#[test]
fn keys_that_lose_their_slot_when_idle_get_no_more_than_their_quota() {
    // Twelve pinned keys take turns in eight slots. Each unit is a whole burst, so keys become idle and are replaced
    // all the time, and a slot reassigned too early would give its key a second unit too soon.
    const KEYS: usize = 12;
    let watched = Policy::new("watched", Quota::per_second(1_000).unwrap().with_burst(1).unwrap()).unwrap();
    let watched = watched.overflow(Overflow::Refuse);
    let clock = Clock::manual();
    let store = MemoryStore::with_clock(8, clock.clone());
    let admitted: Vec<Mutex<Vec<(u64, u64)>>> = (0..KEYS).map(|_| Mutex::default()).collect();
    on_threads(|thread| {
        let mut next = numbers(thread);
        for _ in 0..60_000 {
            if thread == 0 {
                clock.advance(Duration::from_micros(20));
            }
            let index = next() % KEYS;
            let before = clock.now();
            if take(&store, &watched, key(index)) {
                admitted[index].lock().unwrap().push((before, clock.now()));
            }
        }
        0
    });
    for mut admitted in admitted.into_iter().map(|times| times.into_inner().unwrap()) {
        assert!(admitted.len() > 100, "{}", admitted.len());
        admitted.sort_unstable();
        let too_soon = |pair: &&[(u64, u64)]| pair[0].1.max(pair[1].1) - pair[0].0 < watched.rule().interval;
        assert_eq!(admitted.windows(2).find(too_soon), None, "two units for certain within an interval");
    }
}

#[test]
fn by_the_real_clock_nothing_is_admitted_beyond_the_quota() {
    let clock = Clock::new();
    let store = MemoryStore::with_clock(64, clock.clone());
    let policy = Policy::new("a", Quota::per_second(200_000).unwrap().with_burst(100).unwrap()).unwrap();
    let started = clock.now();
    let admitted = on_threads(|_| (0..50_000).filter(|_| take(&store, &policy, key(1))).count() as u32);
    let most = 100 + (clock.now() - started) / policy.rule().interval;
    assert!(u64::from(admitted) <= most, "{admitted} of {most}");
}

#[test]
fn outcomes_of_several_limits_are_those_of_each() {
    let store = MemoryStore::with_clock(64, Clock::manual());
    let (wide, narrow) = (policy("wide", 5), policy("narrow", 2));
    let requests = [LimitRequest::take(&wide, key(1), 2), LimitRequest::take(&narrow, key(1), 2)];
    let unit = wide.rule().interval;
    let conforms = |units, granted| StoreOutcome::Conforms { until_idle: units * unit, granted };
    let outcomes = |requests: &[LimitRequest]| {
        store.decide_now(requests).unwrap().iter().map(|reply| reply.outcome).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(&requests), [conforms(2, 2), conforms(2, 2)]);
    assert_eq!(outcomes(&requests), [conforms(2, 0), StoreOutcome::Exceeds { wait: 2 * unit }]);
}
