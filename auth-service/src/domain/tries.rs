//! How often somebody has tried to sign in lately, and when that is more than a person does.

/// Wrong passwords that a person may well type in a row.
const SLIPS: u32 = 3;
/// Of one account from everywhere: more than its owner's slips on several devices.
const SLIPS_ANYWHERE: u32 = 10;
/// Of one address in ten minutes, whatever the account: more than a household's slips.
const SLIPS_OF_ADDRESS: u32 = 10;

/// Tries that were not made good by a right password. Zero where nobody counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tries {
    /// For this account from this address, with this one.
    pub here: u32,
    /// For this account from anywhere, with this one.
    pub anywhere: u32,
    /// From this address, for any account, before this one.
    pub address: u32,
    /// Whether this was one of the last that a limit lets through.
    pub near_limit: bool,
}

impl Tries {
    /// Whether so many look like somebody who guesses.
    pub fn look_like_guessing(&self) -> bool {
        self.here > SLIPS || self.anywhere > SLIPS_ANYWHERE || self.address >= SLIPS_OF_ADDRESS || self.near_limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_no_guessing() {
        assert!(!Tries { here: 3, anywhere: 10, address: 9, near_limit: false }.look_like_guessing());
        let more = [
            Tries { here: 4, ..Tries::default() },
            Tries { anywhere: 11, ..Tries::default() },
            Tries { address: 10, ..Tries::default() },
            Tries { near_limit: true, ..Tries::default() },
        ];
        assert!(more.iter().all(Tries::look_like_guessing));
    }
}
