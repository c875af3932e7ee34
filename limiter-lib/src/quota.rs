//! Quotas: units over a time, with a burst.

use std::{fmt, str::FromStr, time::Duration};

use crate::gcra::{self, MAX_TOLERANCE, Rule};

/// A rate and a burst: `units` are refilled over every `per`, and at most `burst` may be used at once.
///
/// Written as text for policy files: `100/1m`, `5/1s burst 20`, `10/1s burst 50 free 1`.
///
/// ```
/// # use std::time::Duration;
/// # use limiter_lib::Quota;
/// let quota = Quota::per_minute(100)?.with_burst(20)?;
/// assert_eq!(quota, "100/1m burst 20".parse()?);
/// assert_eq!(quota.refill_time(), Duration::from_secs(12));
/// # Ok::<(), limiter_lib::InvalidQuota>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    units: u32,
    per: Duration,
    burst: u32,
    free: u32,
}

/// An invalid quota.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuota {
    /// No units, no burst, or no time.
    #[error("units, burst and time must be at least 1")]
    Zero,
    /// Faster than the clock of the limiter.
    #[error("at most 16,000,000 units a second are supported")]
    TooFast,
    /// A burst that takes too long to refill.
    #[error("a full burst must come back within 366 days")]
    TooSlow,
    /// More free units than the burst has.
    #[error("the units that pass without delay must be between 1 and the burst")]
    Free,
    /// Not the text of a quota.
    #[error("`{0}` is not a quota; write it like `100/1m`, `5/1s burst 20` or `10/1s burst 50 free 1`")]
    Text(String),
}

impl Quota {
    /// `units` over every `per`; the burst is `units` too.
    ///
    /// # Errors
    /// [`InvalidQuota`]: nothing may be zero, at most 16,000,000 units a second, a full burst within 366 days.
    pub fn new(units: u32, per: Duration) -> Result<Self, InvalidQuota> {
        Self { units, per, burst: units, free: units }.checked()
    }

    /// `units` a second, as [`Quota::new`].
    ///
    /// # Errors
    /// As [`Quota::new`].
    pub fn per_second(units: u32) -> Result<Self, InvalidQuota> {
        Self::new(units, Duration::from_secs(1))
    }

    /// `units` a minute, as [`Quota::new`].
    ///
    /// # Errors
    /// As [`Quota::new`].
    pub fn per_minute(units: u32) -> Result<Self, InvalidQuota> {
        Self::new(units, Duration::from_secs(60))
    }

    /// `units` an hour, as [`Quota::new`].
    ///
    /// # Errors
    /// As [`Quota::new`].
    pub fn per_hour(units: u32) -> Result<Self, InvalidQuota> {
        Self::new(units, Duration::from_secs(3_600))
    }

    /// The same rate with at most `burst` units at once, all without delay.
    ///
    /// # Errors
    /// As [`Quota::new`].
    pub fn with_burst(self, burst: u32) -> Result<Self, InvalidQuota> {
        Self { burst, free: burst, ..self }.checked()
    }

    /// A leaky bucket: only `free` units pass at once, the rest of the burst is queued at the quota's rate.
    ///
    /// # Errors
    /// [`InvalidQuota::Free`]: between 1 and the burst.
    pub fn with_free(self, free: u32) -> Result<Self, InvalidQuota> {
        Self { free, ..self }.checked()
    }

    fn checked(self) -> Result<Self, InvalidQuota> {
        if self.units == 0 || self.burst == 0 || self.per.is_zero() {
            return Err(InvalidQuota::Zero);
        }
        if self.free == 0 || self.free > self.burst {
            return Err(InvalidQuota::Free);
        }
        if self.per.as_nanos() * 16 < u128::from(self.units) * 1_000 {
            return Err(InvalidQuota::TooFast);
        }
        let interval = self.interval().ok_or(InvalidQuota::TooSlow)?;
        match interval.checked_mul(u64::from(self.burst)) {
            Some(tolerance) if tolerance <= MAX_TOLERANCE => Ok(self),
            _ => Err(InvalidQuota::TooSlow),
        }
    }

    /// Ticks between two units, rounded up.
    fn interval(&self) -> Option<u64> {
        let ticks = self.per.as_nanos().checked_mul(16)?;
        u64::try_from(ticks.div_ceil(1_000 * u128::from(self.units))).ok()
    }

    /// The rule in ticks.
    pub fn rule(&self) -> Rule {
        let interval = self.interval().unwrap_or(MAX_TOLERANCE);
        Rule { interval, tolerance: interval * u64::from(self.burst), free: interval * u64::from(self.free) }
    }

    /// Units that are refilled over every [`Quota::per`].
    pub fn units(&self) -> u32 {
        self.units
    }

    /// The time over which the units are refilled.
    pub fn per(&self) -> Duration {
        self.per
    }

    /// The most units at once.
    pub fn burst(&self) -> u32 {
        self.burst
    }

    /// The units that pass without delay; the burst itself unless lowered by [`Quota::with_free`].
    pub fn free(&self) -> u32 {
        self.free
    }

    /// The refill time of a used-up burst.
    pub fn refill_time(&self) -> Duration {
        gcra::duration(self.rule().tolerance)
    }
}

/// The text that [`Quota::from_str`] reads.
impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:?}", self.units, self.per)?;
        if self.burst != self.units || self.free != self.burst {
            write!(f, " burst {}", self.burst)?;
        }
        if self.free != self.burst {
            write!(f, " free {}", self.free)?;
        }
        Ok(())
    }
}

/// `UNITS/TIME [burst N] [free N]`; TIME is a number with `ns`, `us`, `ms`, `s`, `m`, `h` or `d`.
impl FromStr for Quota {
    type Err = InvalidQuota;

    fn from_str(text: &str) -> Result<Self, InvalidQuota> {
        let wrong = || InvalidQuota::Text(text.chars().take(80).collect());
        let mut tokens = text.split_ascii_whitespace();
        let (units, per) = tokens.next().and_then(|rate| rate.split_once('/')).ok_or_else(wrong)?;
        let mut quota = Self::new(number(units).ok_or_else(wrong)?, time(per).ok_or_else(wrong)?)?;
        let mut options = ["burst", "free"].iter().peekable();
        while let Some(token) = tokens.next() {
            if !options.by_ref().any(|name| *name == token) {
                return Err(wrong());
            }
            let value = tokens.next().and_then(number).ok_or_else(wrong)?;
            quota = if token == "burst" { quota.with_burst(value)? } else { quota.with_free(value)? };
        }
        Ok(quota)
    }
}

/// Digits only: `u32::from_str` would take a sign as well.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn time(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (count, unit) = text.split_at(unit);
    let seconds = match unit {
        "ns" => 0.000_000_001,
        "us" | "µs" => 0.000_001,
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(count.parse::<f64>().ok()? * seconds).ok()
}
