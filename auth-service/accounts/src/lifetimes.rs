//! Lifetimes of tokens and sessions.

use std::time::Duration;

/// Lifetimes of tokens and sessions.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// An access token.
    pub access_token: Duration,
    /// An unused refresh token.
    pub refresh_token: Duration,
    /// A session, independent of refreshes.
    pub session: Duration,
    /// Grace period in which a used refresh token still gives the same successor.
    pub refresh_grace: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            access_token: Duration::from_secs(10 * 60),
            refresh_token: Duration::from_secs(30 * DAY),
            session: Duration::from_secs(180 * DAY),
            refresh_grace: Duration::from_secs(10),
        }
    }
}
