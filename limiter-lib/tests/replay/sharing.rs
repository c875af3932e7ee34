//! Processes share one limit exactly, independent of their clocks.

use std::{collections::HashMap, path::Path, time::Duration};

use limiter_lib::{Key, testing::RedisServer};

use crate::{
    audit::{self, Event, TAKE},
    clock::ShiftedClock,
    fleet::Fleet,
    plan,
    replica::spent,
};

const MINUTE: i64 = 60 * 16_000_000;

/// Lets replicas with these clocks spend a burst together; `last` runs when all are ready.
fn spend(folder: &Path, url: &str, burst: u64, clocks: &[i64], last: impl FnOnce()) -> Vec<usize> {
    let folder = folder.join(burst.to_string());
    std::fs::create_dir(&folder).unwrap();
    let fleet = Fleet::start(&folder, url, burst, 0, clocks);
    fleet.wait_until_ready();
    last();
    fleet.finish_spending()
}

#[test]
fn four_processes_with_many_tasks_admit_exactly_the_burst() {
    let (folder, redis) = (tempfile::tempdir().unwrap(), RedisServer::start());
    let admitted = spend(folder.path(), &redis.url(), 8_000, &[0; 4], || {});
    assert_eq!(admitted.iter().sum::<usize>(), 8_000, "{admitted:?}");
    assert!(admitted.iter().filter(|units| **units > 0).count() >= 3, "they share: {admitted:?}");
}

#[test]
fn replicas_whose_clocks_are_minutes_off_make_no_difference() {
    let (folder, redis) = (tempfile::tempdir().unwrap(), RedisServer::start());
    let admitted = spend(folder.path(), &redis.url(), 8_000, &[300, -300, 0, 299], || {});
    assert_eq!(admitted.iter().sum::<usize>(), 8_000, "{admitted:?}");
    assert!(admitted.iter().filter(|units| **units > 0).count() >= 3, "they share: {admitted:?}");
}

/// The edge must fall into the burst; on a busy machine it may take several attempts.
#[test]
fn a_burst_across_the_edge_of_a_minute_is_one_burst() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ShiftedClock::new(folder.path(), "clock-redis");
    let redis = clock.redis();
    for (burst, ahead) in (6_000..).zip([40, 60, 80, 30, 100, 50, 150, 20]) {
        let bring_edge = || clock.bring_minute_edge(Duration::from_millis(ahead));
        let admitted = spend(folder.path(), &redis.url(), burst, &[0; 3], bring_edge);
        assert_eq!(admitted.iter().sum::<usize>() as u64, burst, "{admitted:?}");
        let minutes = minutes(&redis, burst);
        if minutes.len() > 1 {
            assert_eq!(minutes.values().sum::<u64>(), burst, "{minutes:?}");
            return;
        }
    }
    panic!("the edge of the minute never fell into the burst");
}

/// Units that the server admitted in each minute of its clock.
fn minutes(redis: &RedisServer, burst: u64) -> HashMap<i64, u64> {
    let name = plan::name(&spent(burst), Key::everything());
    let mut minutes = HashMap::new();
    audit::read(&redis.folder().join("redis.log"), &[(name, 0)].into(), |event| {
        let Event::Decided { now, requests } = event else { return };
        let admitted = requests
            .iter()
            .filter(|request| request.kind == TAKE && request.reply >= 0 && request.increment > 0)
            .count();
        if admitted > 0 {
            *minutes.entry(now / MINUTE).or_default() += admitted as u64;
        }
    });
    minutes
}
