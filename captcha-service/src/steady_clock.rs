//! Clock that ignores changes of the system time: the time at the start, advanced by the monotonic clock. Setting the
//! system clock neither ends challenges nor revives expired ones.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use service_kit::Clock;

/// Monotonic wall clock.
#[derive(Debug, Clone, Copy)]
pub struct SteadyClock {
    began: DateTime<Utc>,
    since: Instant,
}

impl SteadyClock {
    /// Starts now, as the shared handle that services take.
    pub fn shared() -> Arc<dyn Clock> {
        Arc::new(Self { began: Utc::now(), since: Instant::now() })
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> DateTime<Utc> {
        self.began + TimeDelta::from_std(self.since.elapsed()).unwrap_or_default()
    }
}
