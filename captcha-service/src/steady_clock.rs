//! Clock that ignores changes of the system time: the time at the start, advanced by the monotonic clock. Setting the
//! system clock neither ends challenges nor revives expired ones.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use service_kit::{Clock, SystemClock};

/// Monotonic wall clock.
#[derive(Debug, Clone, Copy)]
pub struct SteadyClock {
    started_at: DateTime<Utc>,
    started_instant: Instant,
}

impl SteadyClock {
    /// Starts now, as the shared handle that services take.
    pub fn shared() -> Arc<dyn Clock> {
        Arc::new(Self { started_at: SystemClock.now(), started_instant: Instant::now() })
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> DateTime<Utc> {
        self.started_at + TimeDelta::from_std(self.started_instant.elapsed()).unwrap_or_default()
    }
}
