//! State of a network: its live challenges, new devices, lost challenges and passes. A network is never locked out: one
//! address may serve a whole town. Beyond its budget of passes it is offered the phone.

use std::time::Duration;

use super::ids::Key;
use super::pass_budget::{PassBudget, PassCounts, PassLog};
use super::rules;
use super::unix_millis::UnixMillis;
use super::window::Window;

const RECENT: Duration = Duration::from_secs(600);

/// Event in a network.
#[derive(Debug, Clone, Copy)]
pub enum NetworkEvent {
    /// Reads without a change.
    Read,
    /// A challenge is opened, live until then.
    Opened(Key, UnixMillis),
    /// A challenge is extended until then.
    Extended(Key, UnixMillis),
    /// A challenge is closed.
    Closed(Key),
    /// A new device.
    NewDevice,
    /// A device used a waiver.
    Waived,
    /// A challenge was lost, and is closed.
    Lost(Key),
    /// A right answer needs a pass of the budget; its challenge is closed in any case.
    Passed(Key, PassNeed),
}

/// A pass that a right answer needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassNeed {
    /// Budget of each network.
    pub budget: PassBudget,
    /// `true` when a sum of the challenge was spoken.
    pub spoken: bool,
}

/// Counters of a network after an event.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NetworkState {
    /// Live challenges.
    pub live: u32,
    /// New devices in the last ten minutes.
    pub new_devices: f32,
    /// Lost challenges in the last ten minutes.
    pub lost: f32,
    /// Passes of the last 24 to 25 hours.
    pub passes: PassCounts,
    /// `true` when the event was rejected, because the limit of its kind is reached.
    pub refused: bool,
}

/// Record of a network in this process.
#[derive(Debug, Default)]
pub struct NetworkRecord {
    live: Vec<(u32, UnixMillis)>,
    new_devices: Window,
    waived: Window,
    lost: Window,
    passes: PassLog,
}

impl NetworkRecord {
    /// Applies an event, unless its limit is reached.
    pub fn apply(&mut self, event: NetworkEvent, now: UnixMillis) -> NetworkState {
        self.live.retain(|(_, until)| *until > now);
        let mut refused = false;
        match event {
            NetworkEvent::Read => {}
            NetworkEvent::Opened(..) if self.live.len() >= rules::LIVE_PER_PREFIX as usize => refused = true,
            NetworkEvent::Opened(key, until) => self.live.push((key_prefix(key), until)),
            NetworkEvent::Extended(key, until) => {
                for entry in self.live.iter_mut().filter(|entry| entry.0 == key_prefix(key)) {
                    entry.1 = until;
                }
            }
            NetworkEvent::Closed(key) => self.close(key),
            NetworkEvent::NewDevice if self.recent_new_devices(now) >= rules::NEW_DEVICES_PER_PREFIX as f32 => {
                refused = true
            }
            NetworkEvent::NewDevice => self.new_devices.count(now, RECENT),
            NetworkEvent::Waived if self.waived.recent(now, RECENT) >= rules::WAIVERS_PER_PREFIX as f32 => {
                refused = true
            }
            NetworkEvent::Waived => self.waived.count(now, RECENT),
            NetworkEvent::Lost(key) => {
                self.close(key);
                self.lost.count(now, RECENT);
            }
            NetworkEvent::Passed(key, need) => {
                self.close(key);
                refused = !self.take_pass(need, now);
            }
        }
        NetworkState {
            live: u32::try_from(self.live.len()).unwrap_or(u32::MAX),
            new_devices: self.recent_new_devices(now),
            lost: self.lost.recent(now, RECENT),
            passes: self.passes.counts(now),
            refused,
        }
    }

    /// Counts a pass; `false` when the budget is used up.
    fn take_pass(&mut self, need: PassNeed, now: UnixMillis) -> bool {
        let admitted = need.budget.admits(self.passes.counts(now), need.spoken);
        if admitted {
            self.passes.count(need.spoken, now);
        }
        admitted
    }

    fn recent_new_devices(&self, now: UnixMillis) -> f32 {
        self.new_devices.recent(now, RECENT)
    }

    fn close(&mut self, key: Key) {
        if let Some(entry) = self.live.iter().position(|entry| entry.0 == key_prefix(key)) {
            self.live.swap_remove(entry);
        }
    }

    /// `true` when no counter is left.
    pub fn is_empty(&self, now: UnixMillis) -> bool {
        let is_zero = |window: Window| window.recent(now, RECENT) == 0.0;
        self.live.iter().all(|(_, until)| *until <= now)
            && is_zero(self.new_devices)
            && is_zero(self.waived)
            && is_zero(self.lost)
            && self.passes.is_empty(now)
    }
}

fn key_prefix(key: Key) -> u32 {
    let [a, b, c, d, ..] = key.0;
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_sixty_waivers_in_ten_minutes_and_gets_them_back() {
        let at = |seconds: u64| UnixMillis::from_millis(1_800_000_000_000 + seconds * 1000);
        let mut network = NetworkRecord::default();
        let refused = (0..70).filter(|_| network.apply(NetworkEvent::Waived, at(0)).refused).count();
        assert_eq!(refused, 10);
        assert!(!network.is_empty(at(599)) && network.is_empty(at(1200)));
        assert!(!network.apply(NetworkEvent::Waived, at(1200)).refused);
    }
}
