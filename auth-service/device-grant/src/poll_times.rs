//! Polls that come too fast.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Least time between two polls. Clients are asked for five seconds; a server that moves interval and bound together never
/// lets some of them go.
const FLOOR: TimeDelta = TimeDelta::seconds(4);
/// Maximum number of remembered polls: twice that of pending codes.
const CAPACITY: usize = 100_000;

/// Times of the last polls, by the hashes of device codes, on this replica.
#[derive(Debug, Default)]
pub struct PollTimes(Mutex<Generations>);

/// Each lasts for [`FLOOR`] at least.
#[derive(Debug, Default)]
struct Generations {
    begun: DateTime<Utc>,
    current: HashMap<[u8; 32], DateTime<Utc>>,
    previous: HashMap<[u8; 32], DateTime<Utc>>,
}

impl PollTimes {
    /// Records a poll. `false` when the last one that was in time is too near; then this one does not count.
    pub fn is_in_time(&self, code: [u8; 32], now: DateTime<Utc>) -> bool {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now >= times.begun + FLOOR || now < times.begun || times.current.len() >= CAPACITY {
            times.previous = std::mem::take(&mut times.current);
            times.begun = now;
        }
        let last = times.current.get(&code).or_else(|| times.previous.get(&code));
        // After a step of the clock a poll may seem to have come from the future.
        if last.is_some_and(|last| (*last..*last + FLOOR).contains(&now)) {
            return false;
        }
        times.current.insert(code, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::milliseconds(millis)
    }

    /// Of polls every `step` ms for a minute: how many were in time.
    fn admitted(step: i64) -> usize {
        let times = PollTimes::default();
        (0..60_000 / step).filter(|number| times.is_in_time([1; 32], at(number * step))).count()
    }

    #[test]
    fn who_polls_about_as_asked_is_always_in_time() {
        for step in [5000, 4900, 4000] {
            assert_eq!(admitted(step), usize::try_from(60_000 / step).unwrap(), "{step}");
        }
    }

    #[test]
    fn who_polls_every_second_is_in_time_every_fourth_one() {
        assert_eq!(admitted(1000), 15);
    }

    #[test]
    fn codes_do_not_get_in_each_others_way_and_memory_is_bounded() {
        let times = PollTimes::default();
        for number in 0..250_000_u64 {
            let mut code = [0; 32];
            code[..8].copy_from_slice(&number.to_be_bytes());
            assert!(times.is_in_time(code, at(0)), "{number}");
        }
        let inner = times.0.lock().unwrap();
        assert!(inner.current.len() + inner.previous.len() <= 2 * CAPACITY);
    }

    #[test]
    fn a_clock_that_steps_back_locks_nobody_out() {
        let times = PollTimes::default();
        assert!(times.is_in_time([1; 32], at(3_600_000)));
        assert!(times.is_in_time([1; 32], at(0)));
        assert!(!times.is_in_time([1; 32], at(1000)));
    }
}
