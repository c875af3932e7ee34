//! Reference rule of mails: how many an address gets.

use super::installation::Time;
use super::mail::Kind;

const MINUTE: Time = 60 * 1000;
const HOUR: Time = 60 * MINUTE;
const DAY: Time = 24 * HOUR;

/// Mails that an address got, or will get.
#[derive(Debug, Clone, Default)]
pub struct Mailbox(Vec<(Time, Kind)>);

impl Mailbox {
    /// Counts another mail; `false` when it is withheld or merged into an earlier one.
    pub fn take(&mut self, kind: Kind, is_proved: bool, now: Time) -> bool {
        let within = |period: Time| self.0.iter().filter(move |(at, _)| *at > now - period);
        let was_sent = |period: Time| within(period).any(|(_, sent)| *sent == kind);
        if !kind.is_code() && was_sent(10 * MINUTE) {
            return false;
        }
        let per_day = if is_proved { 10 } else { 2 };
        let is_within = within(HOUR).count() < 4 && within(DAY).count() < per_day;
        let is_sent = is_within || kind == Kind::Reset && !was_sent(3 * HOUR);
        if is_sent {
            self.0.push((now, kind));
        }
        is_sent
    }
}
