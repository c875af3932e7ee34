//! Passwords: presented at a sign-in, and to be set.
//!
//! NIST SP 800-63B-4 §3.1.1.2: no composition rules; a blocklist instead. Lengths are those of the contract.

use std::collections::HashSet;
use std::sync::LazyLock;

use contracts::Secret;

use super::Email;

/// Minimum length of a new password, in characters.
const MIN_NEW_CHARS: usize = 8;
/// Maximum length of a password, in characters.
const MAX_CHARS: usize = 256;

/// One password a line, lower case, none shorter than the contract's minimum.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().map(str::trim).filter(|l| !l.is_empty()).collect());

/// A password as presented: 1 to 256 characters, any of them. It is compared with a hash and nothing else, so neither
/// the minimum length of new passwords nor the blocklist applies.
#[derive(Debug, Clone)]
pub struct Password(Secret);

/// A password to be set: 8 to 256 characters, any of them. The blocklist depends on its account:
/// [`NewPassword::check_blocklist`].
#[derive(Debug, Clone)]
pub struct NewPassword(Secret);

/// The text has not the length of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a password has {min} to {MAX_CHARS} characters")]
pub struct InvalidPassword {
    min: usize,
}

/// The password is one of the first guesses of an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password is too common")]
pub struct PasswordTooCommon;

impl Password {
    /// Reads a presented password.
    ///
    /// # Errors
    /// [`InvalidPassword`] when no password has this length.
    pub fn parse(text: Secret) -> Result<Self, InvalidPassword> {
        bounded(text, 1).map(Self)
    }

    /// The text, for verification.
    pub fn into_secret(self) -> Secret {
        self.0
    }
}

impl NewPassword {
    /// Reads a password to be set.
    ///
    /// # Errors
    /// [`InvalidPassword`] when it is too short or too long.
    pub fn parse(text: Secret) -> Result<Self, InvalidPassword> {
        bounded(text, MIN_NEW_CHARS).map(Self)
    }

    /// Rejects the first guesses of an attacker: well-known passwords, one character repeated, a run of neighbouring
    /// characters, or the account's own address.
    ///
    /// # Errors
    /// [`PasswordTooCommon`].
    pub fn check_blocklist(&self, owner: &Email) -> Result<(), PasswordTooCommon> {
        let lower = self.0.expose().to_lowercase();
        let trimmed = lower.trim();
        let is_common = COMMON.contains(trimmed) || is_a_run(trimmed);
        let is_address = trimmed == owner.as_str() || trimmed == owner.local_part();
        if is_common || is_address { Err(PasswordTooCommon) } else { Ok(()) }
    }

    /// The text, to show it once.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The text, for hashing.
    pub fn into_secret(self) -> Secret {
        self.0
    }
}

fn bounded(text: Secret, min: usize) -> Result<Secret, InvalidPassword> {
    if (min..=MAX_CHARS).contains(&text.expose().chars().count()) { Ok(text) } else { Err(InvalidPassword { min }) }
}

/// `aaaaaaaa`, `12345678` or `hgfedcba`: constant distance between characters, at most one step.
fn is_a_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let mut steps = codes.windows(2).map(|pair| pair[1] - pair[0]);
    match steps.next() {
        Some(first) => first.abs() <= 1 && steps.all(|step| step == first),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_too_common(password: &str) -> bool {
        let owner = Email::parse("anna.petrova@example.org").unwrap();
        NewPassword::parse(Secret::new(password)).unwrap().check_blocklist(&owner).is_err()
    }

    #[test]
    fn a_new_password_has_8_to_256_characters_and_a_presented_one_1_to_256() {
        let text = |chars| Secret::new("п".repeat(chars));
        let lengths = [0, 1, 7, 8, 256, 257];
        assert_eq!(
            lengths.map(|chars| NewPassword::parse(text(chars)).is_ok()),
            [false, false, false, true, true, false]
        );
        assert_eq!(lengths.map(|chars| Password::parse(text(chars)).is_ok()), [false, true, true, true, true, false]);
    }

    #[test]
    fn passwords_are_not_printed_by_debug() {
        let text = || Secret::new("correct horse");
        let printed = format!("{:?} {:?}", Password::parse(text()).unwrap(), NewPassword::parse(text()).unwrap());
        assert!(!printed.contains("horse"), "{printed}");
    }

    #[test]
    fn well_known_passwords_are_too_common_in_any_case() {
        for password in ["password", "PassWord", "qwertyuiop", " 1q2w3e4r ", "aaaaaaaaaa", "87654321", "abcdefgh"] {
            assert!(is_too_common(password), "{password}");
        }
    }

    #[test]
    fn the_accounts_own_address_is_too_common() {
        assert!(is_too_common("Anna.Petrova@example.org"));
        assert!(is_too_common("anna.petrova"));
    }

    #[test]
    fn a_sentence_is_a_good_password() {
        assert!(!is_too_common("three cats on a red sofa"));
        assert!(!is_too_common("пять котов на крыше"));
    }

    #[test]
    fn the_list_is_lower_case_and_has_only_passwords_that_the_length_rule_lets_through() {
        assert!(COMMON.len() > 300, "{}", COMMON.len());
        for password in COMMON.iter() {
            assert!(password.chars().count() >= 8, "{password}");
            assert_eq!(*password, password.to_lowercase());
        }
    }
}
