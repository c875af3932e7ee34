//! Results of a bot.

/// Passes that a network may get in a day.
pub const PASSES_A_DAY: u32 = 30;

/// Results of one bot.
#[derive(Default)]
pub struct Tally {
    pub name: &'static str,
    pub tries: u32,
    pub networks: u32,
    pub accounts: u32,
    pub sessions: u32,
    /// Passes by picture or sound.
    pub passes: u32,
    /// Days that it took.
    pub days: u32,
    /// Upper bounds of accounts and sessions.
    pub most: (u32, u32),
}

impl Tally {
    /// Per network and day that it worked for; part of a day counts as one.
    pub fn share(&self, count: u32) -> f64 {
        f64::from(count) / f64::from(self.networks.max(1) * self.days.max(1))
    }
}
