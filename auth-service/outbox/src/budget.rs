//! Budget of an address: the mails that it gets, all kinds together. Pure; the rows come from `storage`.

use chrono::{DateTime, TimeDelta, Utc};

/// Maximum number of mails to an address within an hour.
const MAILS_PER_HOUR: usize = 4;
/// Maximum number of mails to a proved address within a day.
const MAILS_PER_DAY: usize = 10;
/// Maximum number of mails within a day to an unproved address.
const UNPROVED_PER_DAY: usize = 2;
/// Beyond the budget, an owner gets one reset in this time: strangers may have used the budget up.
const RESET_INTERVAL: TimeDelta = TimeDelta::hours(3);
/// Notices of one kind within this time become one.
const NOTICE_INTERVAL: TimeDelta = TimeDelta::minutes(10);
/// Period of the budget.
pub(crate) const PERIOD: TimeDelta = TimeDelta::days(1);

/// What is known of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its owner has proved it.
    Proved,
    /// Someone typed it.
    Unproved,
}

/// Class of a mail in the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Code that resets a password.
    Reset,
    /// Any other code.
    Code,
    /// Notice of a change.
    Notice,
}

/// A mail of the last [`PERIOD`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecentMail {
    /// Time at which it was enqueued.
    pub at: DateTime<Utc>,
    /// Number of its kind.
    pub kind: i16,
}

/// Decision on another mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is sent.
    Send,
    /// A notice of its kind was just sent.
    Merge,
    /// The budget is used up.
    Withhold,
}

/// Decides on a mail of this kind and class to an address that got `recent`.
pub(crate) fn decide(
    recent: &[RecentMail],
    kind: i16,
    class: Class,
    standing: Standing,
    now: DateTime<Utc>,
) -> Decision {
    let within = |period: TimeDelta| recent.iter().filter(move |mail| mail.at > now - period);
    let was_sent = |period| within(period).any(|mail| mail.kind == kind);
    if class == Class::Notice && was_sent(NOTICE_INTERVAL) {
        return Decision::Merge;
    }
    let per_day = match standing {
        Standing::Proved => MAILS_PER_DAY,
        Standing::Unproved => UNPROVED_PER_DAY,
    };
    let has_budget = within(TimeDelta::hours(1)).count() < MAILS_PER_HOUR && within(PERIOD).count() < per_day;
    if has_budget || (class == Class::Reset && !was_sent(RESET_INTERVAL)) { Decision::Send } else { Decision::Withhold }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Most mails of one day: the budget, and a reset every three hours.
    const MOST: usize = 18;
    const RESET: i16 = 2;
    const NOTICE: i16 = 20;

    fn minute(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minute)
    }

    fn class(kind: i16) -> Class {
        match kind {
            RESET => Class::Reset,
            kind if kind < NOTICE => Class::Code,
            _ => Class::Notice,
        }
    }

    /// Mails that an address gets when these are asked for, in order of time.
    fn sent(asked: &[(i64, i16)], standing: Standing) -> Vec<RecentMail> {
        let mut sent: Vec<RecentMail> = Vec::new();
        for &(at, kind) in asked {
            let now = minute(at);
            let recent: Vec<_> = sent.iter().copied().filter(|mail| mail.at > now - PERIOD).collect();
            if decide(&recent, kind, class(kind), standing, now) == Decision::Send {
                sent.push(RecentMail { at: now, kind });
            }
        }
        sent
    }

    fn most_in(sent: &[RecentMail], period: TimeDelta) -> usize {
        let from = |start: &RecentMail| sent.iter().filter(|m| m.at >= start.at && m.at < start.at + period).count();
        sent.iter().map(from).max().unwrap_or(0)
    }

    #[test]
    fn a_flood_of_resets_is_at_most_18_mails_a_day_and_10_to_an_unproved_address() {
        let flood: Vec<_> = (0..3 * 24 * 60).map(|at| (at, RESET)).collect();
        for (standing, most) in [(Standing::Proved, MOST), (Standing::Unproved, 10)] {
            let sent = most_in(&sent(&flood, standing), PERIOD);
            assert!((most - 2..=most).contains(&sent), "{sent} {standing:?}");
        }
    }

    #[test]
    fn a_day_has_10_codes_to_a_proved_address_and_2_to_an_unproved_one() {
        let flood: Vec<_> = (0..24 * 60).map(|at| (at, 1)).collect();
        assert_eq!((sent(&flood, Standing::Proved).len(), sent(&flood, Standing::Unproved).len()), (10, 2));
    }

    #[test]
    fn an_hour_has_4_mails_of_any_kind() {
        let asked: Vec<_> =
            [1, 3, 20, 21, 22, 23].into_iter().enumerate().map(|(at, kind)| (at as i64, kind)).collect();
        assert_eq!(sent(&asked, Standing::Proved).len(), 4);
    }

    #[test]
    fn notices_of_one_kind_within_ten_minutes_become_one_and_other_kinds_do_not() {
        let asked = [(0, NOTICE), (5, NOTICE), (6, NOTICE + 1), (9, NOTICE), (10, NOTICE)];
        let kinds: Vec<_> = sent(&asked, Standing::Proved).iter().map(|mail| mail.kind).collect();
        assert_eq!(kinds, [NOTICE, NOTICE + 1, NOTICE]);
    }

    #[test]
    fn codes_are_never_merged() {
        assert_eq!(sent(&[(0, 1), (0, 1), (0, RESET), (0, RESET)], Standing::Proved).len(), 4);
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_a_day_has_at_most_18_mails(
            mut asked in prop::collection::vec((0_i64..4 * 24 * 60, 1_i16..25), 0..400),
            proved: bool,
        ) {
            asked.sort_unstable();
            let standing = if proved { Standing::Proved } else { Standing::Unproved };
            prop_assert!(most_in(&sent(&asked, standing), PERIOD) <= MOST);
        }

        #[test]
        fn an_owner_gets_a_reset_within_three_hours_whatever_strangers_ask_for(
            mut asked in prop::collection::vec((0_i64..2 * 24 * 60, 1_i16..25), 0..400),
            start in 0_i64..2 * 24 * 60,
        ) {
            asked.extend((start..start + 180).map(|at| (at, RESET)));
            asked.sort_unstable();
            let sent = sent(&asked, Standing::Unproved);
            let (from, until) = (minute(start), minute(start + 180));
            prop_assert!(sent.iter().any(|mail| mail.kind == RESET && mail.at >= from && mail.at < until));
        }
    }
}
