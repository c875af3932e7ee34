//! Time of the processor, so that a busy machine trains as long as an idle one.

use std::time::Duration;

use crate::Outcome;

/// A start in the time of this thread.
pub struct ProcessorTime(u64);

/// Nanoseconds that this thread has run (Linux, `Documentation/scheduler/sched-stats.rst`).
fn nanoseconds() -> Outcome<u64> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(statistics.split_whitespace().next().ok_or("no time in /proc/thread-self/schedstat")?.parse()?)
}

impl ProcessorTime {
    pub fn start() -> Outcome<Self> {
        Ok(Self(nanoseconds()?))
    }

    pub fn elapsed(&self) -> Outcome<Duration> {
        Ok(Duration::from_nanos(nanoseconds()?.saturating_sub(self.0)))
    }
}
