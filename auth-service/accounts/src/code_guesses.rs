//! Budgets of wrong codes, across all codes of an account: else every new code would give five more guesses.
//!
//! With both used up, 100 guesses a day at one of 10^8 codes, two of which are accepted, open an account in 1,400 years
//! on average. Strangers can use them up; the owner then opens the link of the mail, which needs none.

use chrono::{DateTime, TimeDelta, Utc};

/// Wrong codes of one network for one account within a [`DAY`].
pub const MAX_WRONG_OF_NETWORK: u16 = 10;
/// Wrong codes of all networks for one account within a [`DAY`].
pub const MAX_WRONG_OF_ACCOUNT: u16 = 100;
/// Period of the budgets. It begins with the first wrong code.
pub const DAY: TimeDelta = TimeDelta::hours(24);

/// Wrong codes of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeGuesses {
    /// Time of the first one.
    pub since: DateTime<Utc>,
    /// Their number.
    pub wrong: u16,
}

impl CodeGuesses {
    /// No wrong code yet.
    pub fn none(now: DateTime<Utc>) -> Self {
        Self { since: now, wrong: 0 }
    }

    /// Those that count at `now`.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> Self {
        if now - self.since >= DAY { Self::none(now) } else { self }
    }

    /// With one more; `None` when `max` is used up, so that no code is compared.
    #[must_use]
    pub fn with_guess(self, max: u16, now: DateTime<Utc>) -> Option<Self> {
        let current = self.at(now);
        (current.wrong < max).then(|| Self { wrong: current.wrong + 1, ..current })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However guesses are spread over time, a period of a day has at most `max` of them from its first on.
        #[test]
        fn no_day_that_begins_with_a_guess_has_more_than_the_budget(
            pauses in proptest::collection::vec(0_i64..200, 1..400),
        ) {
            let (max, mut now) = (MAX_WRONG_OF_NETWORK, DateTime::UNIX_EPOCH);
            let mut guesses = CodeGuesses::none(now);
            let mut made = Vec::new();
            for pause in pauses {
                now += TimeDelta::minutes(pause);
                if let Some(next) = guesses.with_guess(max, now) {
                    guesses = next;
                    made.push(now);
                }
                prop_assert!(guesses.wrong <= max);
            }
            for first in &made {
                let within = made.iter().filter(|at| **at >= *first && **at - *first < DAY).count();
                prop_assert!(within < usize::from(max) * 2, "two periods meet in {} guesses", within);
            }
            for (first, last) in made.iter().zip(made.iter().skip(usize::from(max) * 2)) {
                prop_assert!(*last - *first >= DAY);
            }
        }
    }

    #[test]
    fn a_used_up_budget_is_full_again_a_day_after_the_first_guess() {
        let start = DateTime::UNIX_EPOCH;
        let mut guesses = CodeGuesses::none(start);
        for _ in 0..MAX_WRONG_OF_NETWORK {
            guesses = guesses.with_guess(MAX_WRONG_OF_NETWORK, start).unwrap();
        }
        let almost = start + DAY - TimeDelta::seconds(1);
        assert_eq!(guesses.with_guess(MAX_WRONG_OF_NETWORK, almost), None);
        let next = guesses.with_guess(MAX_WRONG_OF_NETWORK, start + DAY).unwrap();
        assert_eq!(next, CodeGuesses { since: start + DAY, wrong: 1 });
    }
}
