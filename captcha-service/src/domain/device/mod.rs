//! State of a device: its live challenges, cool-down, quotas and recent behaviour.

mod record;

use std::time::Duration;

use contracts::captcha::feedback::Outcome;

use super::ids::Key;
use super::rules;
use super::unix_millis::UnixMillis;
use super::waiver::{DeviceContext, Waiver};
use super::window::Window;

pub use record::DEVICE_BYTES;

const MINUTE: Duration = Duration::from_secs(60);
/// Window of recent behaviour.
pub const RECENT: Duration = Duration::from_secs(600);
/// Half-life of points.
pub const HALF_LIFE: Duration = Duration::from_secs(15 * 60);
/// Time for which good sign-ins count.
const TRUST_LIFETIME: Duration = Duration::from_secs(45 * 24 * 60 * 60);
/// Recorded solve times.
pub const SOLVES: usize = 8;

/// Reason why no challenge is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A challenge was lost recently.
    CoolingDown(Duration),
    /// Two challenges are live.
    TooManyLive(Duration),
    /// The answers of the day are used up.
    QuotaExhausted(Duration),
}

impl Refusal {
    /// Remaining time of the refusal.
    pub fn wait(self) -> Duration {
        match self {
            Self::CoolingDown(wait) | Self::TooManyLive(wait) | Self::QuotaExhausted(wait) => wait,
        }
    }
}

/// A device.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Device {
    live: [Option<LiveChallenge>; rules::LIVE_PER_DEVICE],
    cool_until: UnixMillis,
    lost: u8,
    lost_at: UnixMillis,
    day_from: UnixMillis,
    day: u8,
    minute: Window,
    issued: Window,
    right: Window,
    wrong: Window,
    solves: [u16; SOLVES],
    points: u16,
    points_at: UnixMillis,
    good_sign_ins: u8,
    good_sign_in_at: UnixMillis,
    waiver: Option<Waiver>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct LiveChallenge {
    challenge: [u8; 4],
    until: UnixMillis,
}

impl Device {
    /// Lists a live challenge.
    ///
    /// # Errors
    /// The refusal.
    pub fn open(&mut self, challenge: Key, until: UnixMillis, now: UnixMillis) -> Result<(), Refusal> {
        self.may_open(now)?;
        self.issued.count(now, RECENT);
        let slot = self.live.iter_mut().find(|slot| slot.is_none_or(|live| live.until <= now));
        if let Some(slot) = slot {
            *slot = Some(LiveChallenge { challenge: key_prefix(challenge), until });
        }
        Ok(())
    }

    /// Checks whether a challenge may be opened now.
    ///
    /// # Errors
    /// The refusal.
    pub fn may_open(&self, now: UnixMillis) -> Result<(), Refusal> {
        if now < self.cool_until {
            return Err(Refusal::CoolingDown(now.until(self.cool_until)));
        }
        if self.answers_today(now) >= rules::ANSWERS_PER_DAY {
            return Err(Refusal::QuotaExhausted(now.until(self.day_from.plus(rules::DAY))));
        }
        let free = |live: &Option<LiveChallenge>| live.is_none_or(|live| live.until <= now);
        if !self.live.iter().any(free) {
            let first = self.live.iter().flatten().map(|live| live.until).min().unwrap_or(now);
            return Err(Refusal::TooManyLive(now.until(first)));
        }
        Ok(())
    }

    /// Extends a live challenge.
    pub fn extend(&mut self, challenge: Key, until: UnixMillis) {
        for live in self.live.iter_mut().flatten().filter(|live| live.challenge == key_prefix(challenge)) {
            live.until = until;
        }
    }

    /// Removes a live challenge.
    pub fn close(&mut self, challenge: Key) {
        for slot in &mut self.live {
            if slot.is_some_and(|live| live.challenge == key_prefix(challenge)) {
                *slot = None;
            }
        }
    }

    /// Number of live challenges.
    pub fn live(&self, now: UnixMillis) -> usize {
        self.live.iter().flatten().filter(|live| live.until > now).count()
    }

    /// Records a lost challenge and returns the cool-down that follows.
    pub fn record_loss(&mut self, now: UnixMillis) -> Duration {
        if now.since(self.lost_at) >= rules::COOL_DOWN_RESET {
            self.lost = 0;
        }
        let wait = rules::COOL_DOWNS[usize::from(self.lost).min(rules::COOL_DOWNS.len() - 1)];
        self.lost = self.lost.saturating_add(1);
        self.lost_at = now;
        self.cool_until = self.cool_until.max(now.plus(wait));
        wait
    }

    /// Levels to add to the next challenge: one per challenge lost recently.
    pub fn extra_levels(&self, now: UnixMillis) -> u8 {
        if now.since(self.lost_at) >= rules::COOL_DOWN_RESET { 0 } else { self.lost }
    }

    /// Remaining cool-down.
    pub fn cool_down_left(&self, now: UnixMillis) -> Duration {
        now.until(self.cool_until)
    }

    /// Counts an answer, which uses `takes` of the day's. `true` when it exceeds the limit of the minute or the day,
    /// so that it cannot be right.
    pub fn count_answer(&mut self, takes: u8, now: UnixMillis) -> bool {
        let over = self.minute.recent(now, MINUTE) >= rules::IMPOSSIBLE_PER_MINUTE
            || self.answers_today(now) >= rules::ANSWERS_PER_DAY;
        if now.since(self.day_from) >= rules::DAY {
            (self.day_from, self.day) = (now, 0);
        }
        self.day = self.day.saturating_add(takes);
        self.minute.count(now, MINUTE);
        over
    }

    /// Records the result of an answer and its solve time.
    pub fn record_answer(&mut self, right: bool, took: Duration, now: UnixMillis) {
        if right {
            self.right.count(now, RECENT)
        } else {
            self.wrong.count(now, RECENT)
        }
        self.solves.rotate_right(1);
        self.solves[0] = u16::try_from(took.as_millis() / 10).unwrap_or(u16::MAX).max(1);
    }

    /// Adds points, which decay.
    pub fn add_points(&mut self, points: u16, now: UnixMillis) {
        self.points = self.points(now).saturating_add(points.saturating_mul(10)).min(10_000);
        self.points_at = now;
    }

    /// Current points, in tenths.
    pub fn points(&self, now: UnixMillis) -> u16 {
        let halves = now.since(self.points_at).as_secs_f32() / HALF_LIFE.as_secs_f32();
        (f32::from(self.points) * 0.5_f32.powf(halves)).round() as u16
    }

    /// Records the outcome after a pass; `points` is added for a bad one.
    pub fn record_outcome(&mut self, outcome: Outcome, points: u16, now: UnixMillis) {
        match outcome {
            Outcome::LoginOk => {
                self.good_sign_ins = self.good_sign_ins.saturating_add(1);
                self.good_sign_in_at = now;
            }
            Outcome::BadPassword => self.add_points(points, now),
            Outcome::Fraud => {
                self.waiver = None;
                self.add_points(points, now);
            }
        }
    }

    /// Grants a waiver after a right answer in this context.
    pub fn grant_waiver(&mut self, context: DeviceContext, now: UnixMillis) {
        self.waiver = Some(Waiver::new(context, now));
    }

    /// `true` when a waiver is valid in this context now.
    pub fn has_waiver(&self, context: DeviceContext, now: UnixMillis) -> bool {
        self.waiver.is_some_and(|waiver| waiver.is_valid(context, now))
    }

    /// Counts one use of the waiver.
    pub fn use_waiver(&mut self) {
        self.waiver = self.waiver.and_then(Waiver::used);
    }

    /// Answers in the last minute.
    pub fn recent_answers(&self, now: UnixMillis) -> f32 {
        self.minute.recent(now, MINUTE)
    }

    /// Answers of the day that began with its first answer.
    pub fn answers_today(&self, now: UnixMillis) -> u8 {
        if now.since(self.day_from) >= rules::DAY { 0 } else { self.day }
    }

    /// Right answers, wrong answers and opened challenges in the last ten minutes.
    pub fn recent_counts(&self, now: UnixMillis) -> (f32, f32, f32) {
        (self.right.recent(now, RECENT), self.wrong.recent(now, RECENT), self.issued.recent(now, RECENT))
    }

    /// `true` when a user signed in on it in the last 45 days.
    pub fn is_trusted(&self, now: UnixMillis) -> bool {
        self.good_sign_ins > 0 && now.since(self.good_sign_in_at) < TRUST_LIFETIME
    }

    /// `true` when it has given a right answer: its waivers are not used up, or a user signed in on it lately.
    pub fn is_proven(&self, now: UnixMillis) -> bool {
        self.waiver.is_some() || self.is_trusted(now)
    }

    /// Recent solve times in hundredths of a second, the newest first.
    pub fn solves(&self) -> impl Iterator<Item = f32> {
        self.solves.iter().take_while(|solve| **solve > 0).map(|solve| f32::from(*solve))
    }

    /// End of retention.
    pub fn retained_until(&self, now: UnixMillis) -> UnixMillis {
        let live = self.live.iter().flatten().map(|live| live.until).max().unwrap_or(now);
        let day = if self.day > 0 { self.day_from.plus(rules::DAY) } else { now };
        let lost = if self.lost > 0 { self.lost_at.plus(rules::COOL_DOWN_RESET) } else { now };
        let trust = if self.good_sign_ins > 0 { self.good_sign_in_at.plus(TRUST_LIFETIME) } else { now };
        let waiver = self.waiver.map_or(now, |waiver| waiver.expires_at());
        [now.plus(RECENT * 2), live, day, lost, trust, waiver, self.cool_until].into_iter().max().unwrap_or(now)
    }
}

/// Enough bits to distinguish the live challenges of one device.
fn key_prefix(challenge: Key) -> [u8; 4] {
    let [a, b, c, d, ..] = challenge.0;
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::PrefixKey;

    fn at(seconds: u64) -> UnixMillis {
        UnixMillis::from_millis(1_700_000_000_000 + seconds * 1000)
    }

    #[test]
    fn cool_downs_grow_with_each_loss_and_reset_after_an_hour() {
        let mut device = Device::default();
        let waits: Vec<u64> = [0, 40, 200, 900].map(|second| device.record_loss(at(second)).as_secs()).into();
        assert_eq!((waits, device.extra_levels(at(900))), (vec![30, 120, 600, 600], 4));
        assert_eq!(device.extra_levels(at(900 + 3600)), 0);
        assert_eq!(device.record_loss(at(900 + 3600)).as_secs(), 30);
    }

    const HERE: DeviceContext = DeviceContext { prefix: PrefixKey([1; 8]), platform: 1 };

    #[test]
    fn a_waiver_is_bound_to_network_and_platform_and_ends_by_time_use_or_fraud() {
        let mut device = Device::default();
        assert!(!device.has_waiver(HERE, at(0)));
        device.grant_waiver(HERE, at(0));
        let day = 24 * 3600;
        assert!(device.has_waiver(HERE, at(day - 1)) && !device.has_waiver(HERE, at(day)));
        assert!(!device.has_waiver(DeviceContext { prefix: PrefixKey([2; 8]), ..HERE }, at(1)));
        assert!(!device.has_waiver(DeviceContext { platform: 0, ..HERE }, at(1)));
        let uses = (0..9)
            .take_while(|_| {
                device.has_waiver(HERE, at(1)) && {
                    device.use_waiver();
                    true
                }
            })
            .count();
        assert_eq!((uses, device.has_waiver(HERE, at(1))), (3, false));
        device.grant_waiver(HERE, at(2));
        device.record_outcome(Outcome::Fraud, 60, at(3));
        assert!(!device.has_waiver(HERE, at(3)));
    }

    #[test]
    fn a_third_challenge_waits_for_the_first_to_end() {
        let (mut device, key) = (Device::default(), |byte| Key([byte; 16]));
        assert_eq!(device.open(key(1), at(180), at(0)), Ok(()));
        assert_eq!(device.open(key(2), at(190), at(10)), Ok(()));
        assert_eq!(device.open(key(3), at(200), at(20)), Err(Refusal::TooManyLive(Duration::from_secs(160))));
        device.close(key(1));
        assert_eq!(device.open(key(3), at(200), at(20)), Ok(()));
        assert_eq!(device.live(at(195)), 1);
    }

    #[test]
    fn points_are_worth_half_after_fifteen_minutes() {
        let mut device = Device::default();
        device.add_points(60, at(0));
        assert_eq!((device.points(at(0)), device.points(at(900)), device.points(at(1800))), (600, 300, 150));
    }

    #[test]
    fn thirty_answers_a_day_and_ten_a_minute_are_too_many() {
        let mut device = Device::default();
        let over: Vec<u64> = (0..30).filter(|n| device.count_answer(1, at(n * 300))).collect();
        assert!(over.is_empty() && device.count_answer(1, at(9_000)));
        assert!(matches!(device.may_open(at(9_001)), Err(Refusal::QuotaExhausted(_))));
        assert_eq!(device.may_open(at(24 * 3600)), Ok(()));
        let mut fast = Device::default();
        let over = (0..12).filter(|n| fast.count_answer(1, at(n * 2))).count();
        assert_eq!(over, 2);
    }
}
