//! Results of a bot.

/// Results of one bot.
#[derive(Default)]
pub struct Tally {
    pub name: &'static str,
    pub tries: u32,
    pub networks: u32,
    pub accounts: u32,
    pub sessions: u32,
    /// Upper bounds of accounts and sessions.
    pub most: (u32, u32),
}
