//! Recent failed sign-in attempts, and the counts from which they look like guessing.

/// Wrong passwords in a row that count as typos.
const MAX_TYPOS: u32 = 3;
/// For one account from all addresses: more than the typos of its owner on several devices.
const MAX_ACCOUNT_FAILURES: u32 = 10;
/// From one address in ten minutes, for any account: more than the typos of a household.
const MAX_ADDRESS_FAILURES: u32 = 10;

/// Attempts not followed by a correct password. Zero when attempts are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FailedAttempts {
    /// For this account from this address, including this attempt.
    pub here: u32,
    /// For this account from any address, including this attempt.
    pub anywhere: u32,
    /// From this address, for any account, before this attempt.
    pub address: u32,
    /// `true` when this was one of the last attempts before the rate limit.
    pub near_limit: bool,
}

impl FailedAttempts {
    /// `true` when the counts look like password guessing.
    pub fn look_like_guessing(&self) -> bool {
        self.here > MAX_TYPOS
            || self.anywhere > MAX_ACCOUNT_FAILURES
            || self.address >= MAX_ADDRESS_FAILURES
            || self.near_limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_no_guessing() {
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
