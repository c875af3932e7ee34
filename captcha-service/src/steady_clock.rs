//! A clock that nobody can set: the time at the start, and from there on by the machine's monotonic clock. Sessions neither
//! end nor begin to live again when somebody sets the clock of the machine.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use service_kit::Clock;

/// The clock.
#[derive(Debug, Clone, Copy)]
pub struct SteadyClock {
    began: DateTime<Utc>,
    since: Instant,
}

impl SteadyClock {
    /// Beginning now, as the shared handle that services take.
    pub fn shared() -> Arc<dyn Clock> {
        Arc::new(Self { began: Utc::now(), since: Instant::now() })
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> DateTime<Utc> {
        self.began + TimeDelta::from_std(self.since.elapsed()).unwrap_or_default()
    }
}
