//! A clock that stands still until a test moves it.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::base::clock::{Clock, SystemClock};

/// Starts at the real time, truncated to whole seconds, and moves only by [`ManualClock::advance`].
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl Default for ManualClock {
    fn default() -> Self {
        let now = SystemClock.now();
        Self(Mutex::new(now - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos()))))
    }
}

impl ManualClock {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().expect("no test panics while it holds the clock");
        *now += TimeDelta::from_std(by).expect("tests move the clock by less than a century");
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("no test panics while it holds the clock")
    }
}
