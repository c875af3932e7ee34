//! Blocklist of common passwords.
//!
//! NIST SP 800-63B-4 §3.1.1.2: no composition rules; a blocklist instead. Lengths are part of the contract.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::Email;

/// One password a line, lower case, none shorter than the contract's minimum.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().map(str::trim).filter(|l| !l.is_empty()).collect());

/// `true` for the first guesses of an attacker: well-known passwords, one character repeated, a run of neighbouring
/// characters, or the account's own address.
pub fn is_too_common(password: &str, email: &Email) -> bool {
    let lower = password.to_lowercase();
    let trimmed = lower.trim();
    COMMON.contains(trimmed) || is_a_run(trimmed) || trimmed == email.as_str() || trimmed == email.local_part()
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

    fn anna() -> Email {
        Email::parse("anna.petrova@example.org").unwrap()
    }

    #[test]
    fn well_known_passwords_are_too_common_in_any_case() {
        for password in ["password", "PassWord", "qwertyuiop", " 1q2w3e4r ", "aaaaaaaaaa", "87654321", "abcdefgh"] {
            assert!(is_too_common(password, &anna()), "{password}");
        }
    }

    #[test]
    fn the_accounts_own_address_is_too_common() {
        assert!(is_too_common("Anna.Petrova@example.org", &anna()));
        assert!(is_too_common("anna.petrova", &anna()));
    }

    #[test]
    fn a_sentence_is_a_good_password() {
        assert!(!is_too_common("three cats on a red sofa", &anna()));
        assert!(!is_too_common("пять котов на крыше", &anna()));
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
