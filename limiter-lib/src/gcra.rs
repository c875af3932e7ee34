//! The arithmetic of the limiter, without I/O: the generic cell rate algorithm on integers.
//!
//! The state of a key is one number, its *theoretical arrival time* (TAT, ITU-T I.371): the time at which it would be
//! idle again if no more requests came. A unit advances it by one emission interval; a request conforms when the new
//! TAT stays within the tolerance, `burst` intervals ahead of now. Read as a meter this is a token bucket that holds
//! `burst` tokens; read as a queue it is a leaky bucket, and the part of the TAT beyond the `free` units is the delay.
//!
//! Time is in ticks of 1/16 µs. An interval is rounded up to whole ticks, so rounding never admits more than the quota.
//! Redis computes the same in doubles, exact up to 2^53: [`EPOCH`] and [`MAX_TOLERANCE`] keep every number below that
//! until 2040.

use std::time::Duration;

/// Ticks in a second.
pub const TICKS_PER_SECOND: u64 = 16_000_000;
/// Ticks in a millisecond.
pub const TICKS_PER_MILLISECOND: u64 = TICKS_PER_SECOND / 1_000;
/// Epoch of ticks where time is shared: 2024-01-01T00:00:00Z, in Unix seconds.
pub const EPOCH: u64 = 1_704_067_200;
/// The longest refill time of a full burst: 366 days.
pub const MAX_TOLERANCE: u64 = 366 * 86_400 * TICKS_PER_SECOND;

/// `duration` in ticks, rounded up; `None` beyond [`u64::MAX`].
pub fn ticks(duration: Duration) -> Option<u64> {
    let scaled = duration.as_nanos().checked_mul(16)?.div_ceil(1_000);
    u64::try_from(scaled).ok()
}

/// `ticks` as a duration, rounded up to whole nanoseconds: a wait of this length never ends too early.
#[inline]
pub fn duration(ticks: u64) -> Duration {
    // 125 ns are two ticks.
    match ticks.checked_mul(125) {
        Some(doubled) => Duration::from_nanos(doubled.div_ceil(2)),
        None => Duration::from_nanos_u128((u128::from(ticks) * 125).div_ceil(2)),
    }
}

/// One limit in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Emission interval: ticks between two units at the quota's rate, rounded up; at least 1.
    pub interval: u64,
    /// Maximum lead of the TAT over now: `burst * interval`, at most [`MAX_TOLERANCE`].
    pub tolerance: u64,
    /// The part of the tolerance that passes without delay; equal to it for a meter.
    pub free: u64,
}

/// The result of the rule for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It conforms; `tat` is to be stored.
    Conforms {
        /// The new theoretical arrival time.
        tat: u64,
    },
    /// It does not conform yet.
    Exceeds {
        /// Ticks after which the same request conforms if no other comes; at least 1.
        wait: u64,
        /// The TAT to store: the old one, bounded where the clock has stepped back.
        tat: u64,
    },
}

impl Rule {
    /// Ticks that `units` add to a TAT; capped at twice the tolerance, which never conforms.
    pub fn increment(&self, units: u32) -> u64 {
        self.interval.saturating_mul(u64::from(units)).min(self.tolerance * 2)
    }

    /// The TAT from which a decision at `now` starts. A stored one can be ahead of `now + tolerance` only when the
    /// clock stepped back; without the bound such a key would be refused until the clock caught up.
    pub fn base(&self, stored: u64, now: u64) -> u64 {
        stored.min(now.saturating_add(self.tolerance)).max(now)
    }

    /// Decides on `increment` ticks (`cost * interval`; 0 reads without taking).
    pub fn decide(&self, stored: u64, now: u64, increment: u64) -> Step {
        let base = self.base(stored, now);
        let latest = now.saturating_add(self.tolerance);
        match base.checked_add(increment) {
            Some(tat) if tat <= latest => Step::Conforms { tat },
            new => Step::Exceeds { wait: new.unwrap_or(u64::MAX) - latest, tat: base },
        }
    }

    /// The TAT after `increment` ticks that are taken unconditionally, up to the tolerance.
    pub fn charge(&self, stored: u64, now: u64, increment: u64) -> u64 {
        self.base(stored, now).saturating_add(increment).min(now.saturating_add(self.tolerance))
    }

    /// The TAT after a refund of `increment` ticks; a key is never better than idle.
    pub fn refund(&self, stored: u64, now: u64, increment: u64) -> u64 {
        self.base(stored, now).saturating_sub(increment).max(now)
    }

    /// The number of `wanted` units that conform.
    pub fn grant(&self, stored: u64, now: u64, wanted: u32) -> u32 {
        let room = now.saturating_add(self.tolerance) - self.base(stored, now);
        u32::try_from(room / self.interval).unwrap_or(u32::MAX).min(wanted)
    }

    /// Whole units left when the key is idle again in `until_idle` ticks.
    pub fn remaining(&self, until_idle: u64) -> u32 {
        u32::try_from(self.tolerance.saturating_sub(until_idle) / self.interval).unwrap_or(u32::MAX)
    }

    /// The delay of an admitted request in the queue, in ticks; 0 for a meter.
    pub fn delay(&self, until_idle: u64) -> u64 {
        until_idle.saturating_sub(self.free)
    }
}
