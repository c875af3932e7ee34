//! Late uses: a refresh token presented again after the grace period, although it was replaced.
//!
//! Its successor is the current token and has not been used: most likely the response was lost, and the client asks
//! again minutes or days later (phones without a network, a second tab with the former token). A client that got the
//! response does not come back with the former token, so a chain in which this happens again and again has two holders.
//! [`MAX_GENERATIONS`] a day lie far above what lost responses cause: with a refresh an hour and 5 % of them lost, nine or
//! more of 24 are lost about once in 800,000 days (binomial). They end a session that a thief shares with its owner after
//! nine refreshes.

use chrono::{DateTime, TimeDelta, Utc};

/// Generations of a session that may be used late within [`WINDOW`]; the next one is a replay.
pub const MAX_GENERATIONS: u16 = 8;
/// Time from the first late use after which the count starts again.
pub const WINDOW: TimeDelta = TimeDelta::hours(24);

/// The late uses of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LateUses {
    /// Generations that were used late since then.
    pub count: u16,
    /// Time of the first of them.
    pub since: Option<DateTime<Utc>>,
    /// The last of them. Asking again for the same successor is nothing new.
    pub generation: Option<u32>,
}

/// A generation was used late although the allowance of the day was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyLateUses;

impl LateUses {
    /// Counts a late use of `generation`.
    ///
    /// # Errors
    /// [`TooManyLateUses`] for the ninth generation within 24 hours.
    pub fn with(self, generation: u32, now: DateTime<Utc>) -> Result<Self, TooManyLateUses> {
        let running = self.since.filter(|since| now < *since + WINDOW);
        if running.is_some() && self.generation == Some(generation) {
            return Ok(self);
        }
        let (count, since) = running.map_or((0, now), |since| (self.count, since));
        if count >= MAX_GENERATIONS {
            return Err(TooManyLateUses);
        }
        Ok(Self { count: count + 1, since: Some(since), generation: Some(generation) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    /// Late uses of one generation an hour, from hour 0 on.
    fn hourly(generations: u32) -> LateUses {
        (0..generations).fold(LateUses::default(), |uses, hour| uses.with(hour, at(i64::from(hour))).unwrap())
    }

    #[test]
    fn eight_generations_a_day_are_used_late_and_the_ninth_is_refused() {
        let eight = hourly(8);
        assert_eq!((eight.count, eight.since, eight.generation), (8, Some(at(0)), Some(7)));
        assert_eq!(eight.with(8, at(23)), Err(TooManyLateUses));
    }

    #[test]
    fn the_same_generation_counts_once_however_often_it_is_asked_for() {
        let eight = hourly(8);
        assert_eq!(eight.with(7, at(9)), Ok(eight));
        assert_eq!(eight.with(7, at(23)), Ok(eight));
    }

    #[test]
    fn a_day_after_the_first_late_use_the_count_starts_again() {
        let again = hourly(8).with(8, at(24)).unwrap();
        assert_eq!((again.count, again.since), (1, Some(at(24))));
        assert_eq!(hourly(8).with(7, at(24)).unwrap().count, 1, "the generation of yesterday, too");
    }
}
