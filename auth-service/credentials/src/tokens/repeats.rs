//! Repeats: a replaced refresh token presented again, and answered with the same successor once more.
//!
//! A thief who refreshes within the grace period of the owner, or who keeps a token that its owner never uses, ends no
//! session: both look like lost responses. The difference is how often it happens, so [`ALARM_AT`] repeats within
//! [`WINDOW`] raise an alarm. With a refresh an hour, of which 5 % are lost, a session has 1.2 repeats a day.

use chrono::{DateTime, TimeDelta, Utc};

/// Number of repeats within 24 hours that raises the alarm.
pub const ALARM_AT: u16 = 30;
/// Time from the first repeat after which the count starts again.
pub const WINDOW: TimeDelta = TimeDelta::hours(24);

/// The repeats of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repeats {
    /// Number of repeats since then; at most [`ALARM_AT`].
    pub count: u16,
    /// Time of the first of them.
    pub since: Option<DateTime<Utc>>,
}

impl Repeats {
    /// Counts a repeat. `None` when the alarm of this window has been raised: there is nothing more to record.
    #[must_use]
    pub fn with(self, now: DateTime<Utc>) -> Option<Self> {
        let running = self.since.filter(|since| now < *since + WINDOW);
        let (count, since) = running.map_or((0, now), |since| (self.count, since));
        (count < ALARM_AT).then_some(Self { count: count + 1, since: Some(since) })
    }

    /// `true` for the repeat that raises the alarm.
    pub const fn is_alarm(self) -> bool {
        self.count == ALARM_AT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    /// Repeats a minute apart, from minute 0 on.
    fn repeated(times: i64) -> Repeats {
        (0..times).fold(Repeats::default(), |repeats, minute| repeats.with(at(minute)).unwrap())
    }

    #[test]
    fn the_thirtieth_repeat_of_a_day_raises_the_alarm_once() {
        assert!(!repeated(29).is_alarm());
        assert!(repeated(30).is_alarm());
        assert_eq!(repeated(30).with(at(24 * 60 - 1)), None, "a later one of the day is not counted");
    }

    #[test]
    fn a_day_after_the_first_repeat_the_count_starts_again() {
        assert_eq!(repeated(29).with(at(24 * 60)), Some(Repeats { count: 1, since: Some(at(24 * 60)) }));
        assert_eq!(repeated(30).with(at(24 * 60)), Some(Repeats { count: 1, since: Some(at(24 * 60)) }));
    }
}
