//! A token bucket in whole numbers: a model of a limit, independent of the library.
//!
//! Time is the server's. It brings tokens as it passes; when the clock is set back, it removes the tokens of that time,
//! down to none.

/// Ticks in a second: the limiter's unit of time.
const SECOND: i128 = 16_000_000;

#[derive(Clone)]
pub struct Bucket {
    /// Capacity in tokens.
    pub full: i128,
    /// Tokens for one unit.
    pub unit: i128,
    /// Tokens that a tick brings.
    fill: i128,
    level: i128,
    at: i128,
    /// It was full since it was last written, so the server may have dropped it.
    pub idle: bool,
}

impl Bucket {
    /// The quota as the limiter counts it: the time between two units rounded up to whole ticks.
    pub fn rounded(units: u32, seconds: u64, burst: u32) -> Self {
        let (time, units) = (SECOND * i128::from(seconds), i128::from(units));
        let interval = time / units + i128::from(time % units != 0);
        Self::new(interval, 1, burst)
    }

    /// The quota without rounding: a unit is as many tokens as its time has ticks, and each tick brings one token for
    /// each of the units.
    pub fn exact(units: u32, seconds: u64, burst: u32) -> Self {
        Self::new(SECOND * i128::from(seconds), i128::from(units), burst)
    }

    fn new(unit: i128, fill: i128, burst: u32) -> Self {
        let full = unit * i128::from(burst);
        Self { full, unit, fill, level: full, at: 0, idle: true }
    }

    /// Tokens at `now`; less than none just after the clock was set back.
    pub fn level(&self, now: i64) -> i128 {
        self.full.min(self.level + self.fill * (i128::from(now) - self.at))
    }

    /// Sets the tokens at `now`.
    pub fn set(&mut self, now: i64, level: i128) {
        (self.level, self.at, self.idle) = (level, i128::from(now), level >= self.full);
    }

    /// Fills it.
    pub fn refill(&mut self, now: i64) {
        self.set(now, self.full);
    }

    /// Raises a negative level to none, as any access does.
    pub fn clamp_debt(&mut self, now: i64) {
        if self.level(now) < 0 {
            self.set(now, 0);
        }
    }

    /// `true` when it is full after so many ticks since it was last written.
    pub fn fills_in(&self, passed: i64) -> bool {
        self.level + self.fill * i128::from(passed) >= self.full
    }

    /// Records that the clock has been at `now`.
    pub fn observe(&mut self, now: i64) {
        self.idle |= self.level(now) >= self.full;
    }
}

#[test]
fn a_bucket_brings_exactly_its_units_and_no_fraction_more() {
    let mut exact = Bucket::exact(999_983, 3_600, 10);
    exact.set(0, 0);
    assert!(exact.level(57_600) < exact.unit && exact.level(57_601) >= exact.unit);
    let mut rounded = Bucket::rounded(999_983, 3_600, 10);
    rounded.set(0, 0);
    assert_eq!(rounded.unit, 57_601);
    assert!(rounded.level(57_600) < rounded.unit && rounded.level(57_601) >= rounded.unit);
    assert_eq!(rounded.level(i64::MAX), rounded.full);
}

#[test]
fn a_bucket_whose_clock_is_set_back_loses_the_tokens_of_that_time() {
    let mut bucket = Bucket::rounded(1, 1, 4);
    bucket.set(100 * 16_000_000, 0);
    assert_eq!(bucket.level(102 * 16_000_000), 2 * bucket.unit);
    bucket.clamp_debt(70 * 16_000_000);
    assert_eq!(bucket.level(70 * 16_000_000), 0);
    assert_eq!(bucket.level(71 * 16_000_000), bucket.unit);
}
