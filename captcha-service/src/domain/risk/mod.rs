//! Bot risk: a sum of points, each with its reason, so that every decision can be explained. A score never locks a
//! network: one address may serve a whole town.

mod weights;

use std::time::Duration;

use contracts::captcha::assess::{Decision, Signal};

use super::device::Device;
use super::level::Level;
use super::network::NetworkState;
use super::rules;
use super::unix_millis::UnixMillis;

pub use weights::{InvalidWeights, Levels, Points, Weights};

/// Credential of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// Issued this long ago.
    Aged(Duration),
    /// None, or an invalid one.
    None,
}

/// Inputs of a risk score.
#[derive(Debug, Clone, Copy)]
pub struct RiskInputs<'a> {
    /// Credential of the device.
    pub credential: Credential,
    /// `true` when a waiver is valid in this context now.
    pub has_waiver: bool,
    /// State of the device.
    pub device: &'a Device,
    /// State of its network.
    pub network: NetworkState,
    /// Signals reported by the caller.
    pub signals: &'a [Signal],
}

/// A risk score with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Risk {
    /// 0 (human) to 100 (bot).
    pub score: u8,
    /// Reasons, in words of the contract.
    pub reasons: Vec<&'static str>,
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Solve times needed for a meaningful spread.
const ENOUGH_SOLVES: usize = 5;

impl Risk {
    /// Adds up all points.
    pub fn of(inputs: &RiskInputs<'_>, points: &Points, now: UnixMillis) -> Self {
        let mut sum = Sum::default();
        behaviour(&mut sum, inputs.device, points, now);
        credential(&mut sum, inputs, points, now);
        let new_devices = inputs.network.new_devices;
        sum.add_if(new_devices > 100.0, points.very_many_new_devices, "very_many_new_devices");
        sum.add_if(new_devices > 20.0 && new_devices <= 100.0, points.many_new_devices, "many_new_devices");
        for (signal, worth, reason) in [
            (Signal::HostingNetwork, points.hosting_network, "hosting_network"),
            (Signal::TlsMismatch, points.tls_mismatch, "tls_mismatch"),
            (Signal::ImpossibleAgent, points.impossible_agent, "impossible_agent"),
            (Signal::FailedTries, points.failed_tries, "failed_tries"),
        ] {
            sum.add_if(inputs.signals.contains(&signal), worth, reason);
        }
        let decayed = i32::from(inputs.device.points(now).div_ceil(10));
        sum.add_if(decayed > 0, decayed, "behaved_like_a_bot");
        Self { score: u8::try_from(sum.points.clamp(0, 100)).unwrap_or(100), reasons: sum.reasons }
    }

    /// Decision, and the level of a challenge.
    pub fn decide(&self, levels: &Levels) -> (Decision, u8) {
        match self.score {
            score if score >= levels.alternative => (Decision::Alternative, 3),
            score if score >= levels.three => (Decision::Challenge, 3),
            score if score >= levels.two => (Decision::Challenge, 2),
            score if score >= levels.one => (Decision::Challenge, 1),
            _ => (Decision::Allow, 0),
        }
    }

    /// Level of a challenge that is issued whatever the risk.
    pub fn level(&self, levels: &Levels) -> Level {
        Level::clamped(self.decide(levels).1)
    }
}

/// Recent answers.
fn behaviour(sum: &mut Sum, device: &Device, points: &Points, now: UnixMillis) {
    let rate = device.recent_answers(now);
    sum.add_if(rate > rules::IMPOSSIBLE_PER_MINUTE, points.impossible_rate, "impossible_rate");
    let suspicious = rate > rules::SUSPICIOUS_PER_MINUTE && rate <= rules::IMPOSSIBLE_PER_MINUTE;
    sum.add_if(suspicious, points.suspicious_rate, "suspicious_rate");
    let even = spread(device).is_some_and(|spread| spread < points.even_spread);
    sum.add_if(even, points.even_times, "even_times");
    let (right, wrong, issued) = device.recent_counts(now);
    sum.add_if(right > 15.0 && wrong < 1.0, points.straight_passes, "straight_passes");
    let mostly_wrong = right + wrong >= 6.0 && wrong > (right + wrong) / 2.0;
    sum.add_if(mostly_wrong, points.mostly_wrong, "mostly_wrong");
    sum.add_if(issued - right - wrong >= 10.0, points.harvest, "pictures_never_answered");
}

/// Credential and waiver.
fn credential(sum: &mut Sum, inputs: &RiskInputs<'_>, points: &Points, now: UnixMillis) {
    match inputs.credential {
        Credential::None => sum.add_if(true, points.unknown_device, "unknown_device"),
        Credential::Aged(age) if age >= MONTH && inputs.device.is_trusted(now) => {
            sum.add_if(true, points.trusted_device, "trusted_device");
        }
        // Requesting a credential and letting it age costs a bot nothing.
        Credential::Aged(_) if !inputs.has_waiver => sum.add_if(true, points.unknown_device, "unproven_device"),
        Credential::Aged(age) if age < HOUR => sum.add_if(true, points.young_device, "young_device"),
        Credential::Aged(_) => {}
    }
}

/// Standard deviation over mean of the recent solve times: humans vary by a third, timers do not.
fn spread(device: &Device) -> Option<f32> {
    let times: Vec<f32> = device.solves().collect();
    if times.len() < ENOUGH_SOLVES {
        return None;
    }
    let count = times.len() as f32;
    let mean = times.iter().sum::<f32>() / count;
    let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f32>() / (count - 1.0);
    (mean > 0.0).then(|| variance.sqrt() / mean)
}

#[derive(Default)]
struct Sum {
    points: i32,
    reasons: Vec<&'static str>,
}

impl Sum {
    fn add_if(&mut self, holds: bool, worth: i32, reason: &'static str) {
        if holds && worth != 0 {
            self.points += worth;
            self.reasons.push(reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::captcha::feedback::Outcome;

    use super::*;

    fn at(seconds: u64) -> UnixMillis {
        UnixMillis::from_millis(1_700_000_000_000 + seconds * 1000)
    }

    fn risk(device: &Device, credential: Credential, now: UnixMillis) -> Risk {
        let inputs =
            RiskInputs { credential, has_waiver: true, device, network: NetworkState::default(), signals: &[] };
        Risk::of(&inputs, &Points::default(), now)
    }

    #[test]
    fn a_device_with_a_waiver_is_allowed_and_one_without_is_challenged() {
        let (device, levels) = (Device::default(), Levels::default());
        let known = risk(&device, Credential::Aged(2 * HOUR), at(0));
        assert_eq!((known.score, known.decide(&levels)), (0, (Decision::Allow, 0)));
        let inputs = RiskInputs {
            credential: Credential::Aged(2 * HOUR),
            has_waiver: false,
            device: &device,
            network: NetworkState::default(),
            signals: &[],
        };
        let aged = Risk::of(&inputs, &Points::default(), at(0));
        assert_eq!((aged.decide(&levels), aged.reasons), ((Decision::Challenge, 1), vec!["unproven_device"]));
        let unknown = risk(&device, Credential::None, at(0));
        assert_eq!((unknown.decide(&levels), unknown.reasons), ((Decision::Challenge, 1), vec!["unknown_device"]));
    }

    #[test]
    fn answers_at_even_times_look_like_a_timer() {
        let mut timer = Device::default();
        let mut person = Device::default();
        for (n, took) in [6.1, 4.2, 9.8, 5.0, 7.7, 12.3].into_iter().enumerate() {
            let now = at(n as u64 * 120);
            timer.record_answer(true, Duration::from_millis(2000 + 10 * n as u64), now);
            person.record_answer(true, Duration::from_secs_f64(took), now);
        }
        let old = Credential::Aged(2 * HOUR);
        assert_eq!(risk(&timer, old, at(700)).reasons, ["even_times"]);
        assert_eq!(risk(&person, old, at(700)).reasons, [""; 0]);
    }

    #[test]
    fn wrong_passwords_after_a_pass_add_up_and_decay_and_good_sign_ins_build_trust() {
        let mut device = Device::default();
        for second in 0..9 {
            device.record_outcome(Outcome::BadPassword, 10, at(second));
        }
        let old = Credential::Aged(2 * HOUR);
        assert_eq!(risk(&device, old, at(9)).decide(&Levels::default()).1, 3);
        assert_eq!(risk(&device, old, at(9 + 3600)).decide(&Levels::default()).0, Decision::Allow);
        device.record_outcome(Outcome::LoginOk, 0, at(9));
        let month = Credential::Aged(MONTH);
        assert!(risk(&device, month, at(9)).score < risk(&device, old, at(9)).score);
    }

    #[test]
    fn the_score_is_at_most_a_hundred() {
        let mut device = Device::default();
        for n in 0..40 {
            device.count_answer(1, at(n));
            device.record_answer(false, Duration::from_millis(50), at(n));
            device.add_points(60, at(n));
        }
        let network = NetworkState { new_devices: 500.0, ..NetworkState::default() };
        let signals = [Signal::HostingNetwork, Signal::TlsMismatch, Signal::ImpossibleAgent];
        let inputs =
            RiskInputs { credential: Credential::None, has_waiver: false, device: &device, network, signals: &signals };
        let risk = Risk::of(&inputs, &Points::default(), at(40));
        assert_eq!((risk.score, risk.decide(&Levels::default()).0), (100, Decision::Alternative));
    }
}
