//! What a bot gains from each network: passes, and sign-ins that an answer spared a picture.

use std::{collections::HashMap, net::IpAddr, time::Duration};

const DAY: Duration = Duration::from_secs(86_400);

/// One gain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gain {
    ByPicture,
    BySound,
    /// A sign-in or an account, with a pass or without one.
    Entry,
}

/// The most that a network gained in any 24 hours.
#[derive(Clone, Copy, Default)]
pub struct DayOfNetwork {
    /// Passes by picture or sound.
    pub passes: usize,
    pub by_picture: usize,
    pub by_sound: usize,
    /// Sign-ins or accounts, with a pass or without one.
    pub entries: usize,
}

/// Gains by network, in the order of time.
#[derive(Clone, Default)]
pub struct Gains(HashMap<u32, Vec<(Duration, Gain)>>);

impl Gains {
    pub fn passed(&mut self, address: IpAddr, at: Duration, spoken: bool) {
        self.record(address, at, if spoken { Gain::BySound } else { Gain::ByPicture });
    }

    /// Sign-ins or accounts.
    pub fn entered(&mut self, address: IpAddr, at: Duration, count: u32) {
        (0..count).for_each(|_| self.record(address, at, Gain::Entry));
    }

    fn record(&mut self, address: IpAddr, at: Duration, gain: Gain) {
        let IpAddr::V4(address) = address else { return };
        self.0.entry(address.to_bits() >> 8).or_default().push((at, gain));
    }

    /// The most of each in any 24 hours, over all networks.
    pub fn best_day(&self) -> DayOfNetwork {
        let mut best = DayOfNetwork::default();
        for gains in self.0.values() {
            let most = |is: fn(Gain) -> bool| most_in_a_day(gains, is);
            best.passes = best.passes.max(most(|gain| gain != Gain::Entry));
            best.by_picture = best.by_picture.max(most(|gain| gain == Gain::ByPicture));
            best.by_sound = best.by_sound.max(most(|gain| gain == Gain::BySound));
            best.entries = best.entries.max(most(|gain| gain == Gain::Entry));
        }
        best
    }
}

fn most_in_a_day(gains: &[(Duration, Gain)], is: fn(Gain) -> bool) -> usize {
    let times: Vec<Duration> = gains.iter().filter(|(_, gain)| is(*gain)).map(|(at, _)| *at).collect();
    let mut first = 0;
    let counts = times.iter().enumerate().map(|(last, at)| {
        while *at >= times[first] + DAY {
            first += 1;
        }
        last + 1 - first
    });
    counts.max().unwrap_or(0)
}
