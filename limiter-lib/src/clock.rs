//! The monotonic clock of this process, in ticks.

#[cfg(feature = "testing")]
use std::sync::{Arc, atomic};

/// Ticks since the clock was made; monotonic, read from the processor's counter where there is one.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Real {
        clock: quanta::Clock,
        start: u64,
    },
    #[cfg(feature = "testing")]
    Manual(Arc<atomic::AtomicU64>),
}

/// Initial value: not 0, so that earlier times can be represented.
const START: u64 = crate::gcra::MAX_TOLERANCE;

impl Clock {
    /// The real clock. Clones of one clock agree; two clocks do not.
    pub fn new() -> Self {
        let clock = quanta::Clock::new();
        let start = clock.raw();
        Self(Kind::Real { clock, start })
    }

    /// A clock that only [`Clock::advance`] moves.
    #[cfg(feature = "testing")]
    pub fn manual() -> Self {
        Self(Kind::Manual(Arc::new(atomic::AtomicU64::new(START))))
    }

    /// Moves a manual clock, and its clones, forward.
    ///
    /// # Panics
    /// If the clock is the real one.
    #[cfg(feature = "testing")]
    pub fn advance(&self, by: std::time::Duration) {
        match &self.0 {
            Kind::Manual(now) => {
                now.fetch_add(crate::gcra::ticks(by).expect("a test's step fits"), atomic::Ordering::SeqCst);
            }
            Kind::Real { .. } => panic!("only a manual clock can be moved"),
        }
    }

    /// The current time.
    pub fn now(&self) -> u64 {
        match &self.0 {
            // 16 ticks in 1000 ns.
            Kind::Real { clock, start } => START + clock.delta_as_nanos(*start, clock.raw()) * 2 / 125,
            #[cfg(feature = "testing")]
            Kind::Manual(now) => now.load(atomic::Ordering::SeqCst),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
