//! How often somebody has tried to sign in lately, and when that is more than a person does.

/// Wrong passwords that a person may well type in a row.
const MAX_TYPOS: u32 = 3;
/// Of one account from everywhere: more than its owner's slips on several devices.
const SLIPS_ANYWHERE: u32 = 10;
/// Of one address in ten minutes, whatever the account: more than a household's slips.
const SLIPS_OF_ADDRESS: u32 = 10;

/// Tries that were not made good by a right password. Zero where nobody counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailedAttempts {
    /// For this account from this address, with this one.
    pub here: u32,
    /// For this account from anywhere, with this one.
    pub anywhere: u32,
    /// From this address, for any account, before this one.
    pub address: u32,
    /// Whether this was one of the last that a limit lets through.
    pub near_limit: bool,
}

impl FailedAttempts {
    /// Whether so many look like somebody who guesses.
    pub fn look_like_guessing(&self) -> bool {
        self.here > MAX_TYPOS || self.anywhere > SLIPS_ANYWHERE || self.address >= SLIPS_OF_ADDRESS || self.near_limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_no_guessing() {
        assert!(!FailedAttempts { here: 3, anywhere: 10, address: 9, near_limit: false }.look_like_guessing());
        let more = [
            FailedAttempts { here: 4, ..FailedAttempts::default() },
            FailedAttempts { anywhere: 11, ..FailedAttempts::default() },
            FailedAttempts { address: 10, ..FailedAttempts::default() },
            FailedAttempts { near_limit: true, ..FailedAttempts::default() },
        ];
        assert!(more.iter().all(FailedAttempts::look_like_guessing));
    }
}
