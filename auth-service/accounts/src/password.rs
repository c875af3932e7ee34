//! Passwords: presented at a sign-in, and to be set.
//!
//! NIST SP 800-63B-4 §3.1.1.2: no composition rules; a blocklist instead. Lengths are those of the contract. One password
//! typed on two keyboards is one password: RFC 8265 §4.2.

use std::collections::HashSet;
use std::sync::LazyLock;

use contracts::Secret;
use credentials::hashing::PasswordForms;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::Email;

/// Minimum length of a new password, in characters.
const MIN_NEW_CHARS: usize = 8;
/// Maximum length of a password, in characters.
const MAX_CHARS: usize = 256;
/// Maximum growth of a text in normal form C, in bytes of UTF-8 (UAX #15 §9.2).
const MAX_GROWTH: usize = 3;

/// One password a line, lower case, none shorter than the contract's minimum.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().map(str::trim).filter(|l| !l.is_empty()).collect());

/// A password as presented: 1 to 256 characters, any of them. It is compared with a hash and nothing else, so neither
/// the minimum length of new passwords nor the blocklist applies. It is tried in the canonical form of [`NewPassword`],
/// then as it was typed, if that differs: earlier releases hashed it so.
#[derive(Debug, Clone)]
pub struct Password(PasswordForms);

/// A password to be set, in the form of an OpaqueString (RFC 8265 §4.2.2): every space is U+0020, Unicode normal form
/// C, no control characters; case and width are kept. 8 to 256 characters. Characters that Unicode has not assigned yet
/// are accepted: they are next year's emoji. The blocklist depends on its account: [`NewPassword::check_blocklist`].
#[derive(Debug, Clone)]
pub struct NewPassword(Secret);

/// The text cannot be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// It is too short or too long.
    #[error("a password has {min} to {MAX_CHARS} characters")]
    Length {
        /// The shortest length in this place.
        min: usize,
    },
    /// It has control characters.
    #[error("a password has no control characters")]
    Control,
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
        check_length(&text, 1)?;
        Ok(Self(match canonical(text.expose()) {
            Some(canonical) if canonical != text => PasswordForms { canonical, raw: Some(text) },
            // With a control character it can only be an old one.
            _ => text.into(),
        }))
    }

    /// Its forms, for verification.
    pub fn into_forms(self) -> PasswordForms {
        self.0
    }
}

impl NewPassword {
    /// Reads a password to be set.
    ///
    /// # Errors
    /// [`InvalidPassword`] when it is too short or too long, or has control characters.
    pub fn parse(text: Secret) -> Result<Self, InvalidPassword> {
        check_length(&text, MIN_NEW_CHARS)?;
        let canonical = canonical(text.expose()).ok_or(InvalidPassword::Control)?;
        check_length(&canonical, MIN_NEW_CHARS)?;
        Ok(Self(canonical))
    }

    /// Rejects the first guesses of an attacker: well-known passwords, one character repeated, a run of neighbouring
    /// characters, or the account's own address, if it has one.
    ///
    /// # Errors
    /// [`PasswordTooCommon`].
    pub fn check_blocklist<'a>(&self, owner: impl Into<Option<&'a Email>>) -> Result<(), PasswordTooCommon> {
        let lower = self.0.expose().to_lowercase();
        let trimmed = lower.trim();
        let is_common = COMMON.contains(trimmed) || is_a_run(trimmed);
        let is_address = owner
            .into()
            .is_some_and(|own| trimmed == own.as_str() || trimmed == own.local_part() || trimmed == own.to_unicode());
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

fn check_length(text: &Secret, min: usize) -> Result<(), InvalidPassword> {
    let is_within = (min..=MAX_CHARS).contains(&text.expose().chars().count());
    if is_within { Ok(()) } else { Err(InvalidPassword::Length { min }) }
}

/// The canonical form; `None` with control characters. Spaces are those of the general category Zs.
fn canonical(text: &str) -> Option<Secret> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let is_space = |c: char| c.general_category() == GeneralCategory::SpaceSeparator;
    // Allocated at once: growing would leave parts of the password in freed memory.
    let mut canonical = String::with_capacity(text.len() * MAX_GROWTH);
    canonical.extend(text.chars().map(|c| if is_space(c) { ' ' } else { c }).nfc());
    Some(Secret::new(canonical))
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
    use proptest::prelude::*;

    use super::*;

    fn new(text: &str) -> Result<String, InvalidPassword> {
        NewPassword::parse(Secret::new(text)).map(|password| password.expose().to_owned())
    }

    /// Canonical and raw form of a presented password.
    fn presented(text: &str) -> (String, Option<String>) {
        let forms = Password::parse(Secret::new(text)).unwrap().into_forms();
        (forms.canonical.expose().to_owned(), forms.raw.map(|raw| raw.expose().to_owned()))
    }

    #[test]
    fn one_password_typed_on_two_keyboards_is_one() {
        for (one, other) in [
            ("café au lait", "cafe\u{301} au lait"),
            ("three cats on", "three\u{a0}cats\u{3000}on"),
            ("пароль й знак", "пароль и\u{306}\u{2009}знак"),
            ("\u{c5}ngström unit", "\u{212b}ngstro\u{308}m\u{202f}unit"),
        ] {
            assert_eq!(new(one), new(other), "{one:?} and {other:?}");
            assert_eq!(presented(other), (one.to_owned(), Some(other.to_owned())));
            assert_eq!(presented(one), (one.to_owned(), None));
        }
    }

    #[test]
    fn case_width_and_invisible_letters_belong_to_a_password() {
        for (one, other) in [
            ("Three cats", "three cats"),
            ("three cats", "ｔhree cats"),
            ("three cats", "three\u{200d} cats"),
            ("three cats", " three cats"),
            ("three cats ", "three cats"),
            ("ﬁlm ﬁlm ﬁlm", "film film film"),
        ] {
            assert_ne!(new(one).unwrap(), new(other).unwrap(), "{one:?} and {other:?}");
        }
        assert!(new("\u{378}\u{1fae9}\u{e000}\u{2028}\u{ad} 12").is_ok(), "unassigned, private and format characters");
    }

    #[test]
    fn control_characters_are_refused_in_new_passwords_and_tried_as_typed_in_presented_ones() {
        for text in ["three\u{0}cats", "three\tcats", "three cats\n", "\u{7f}three cats", "three\u{85}cats"] {
            assert_eq!(new(text), Err(InvalidPassword::Control), "{text:?}");
            assert_eq!(presented(text), (text.to_owned(), None));
        }
    }

    #[test]
    fn the_length_is_that_of_the_canonical_form() {
        assert_eq!(new(&"e\u{301}".repeat(7)), Err(InvalidPassword::Length { min: 8 }));
        assert_eq!(new(&"e\u{301}".repeat(8)), Ok("é".repeat(8)));
        assert!(new(&"\u{958}".repeat(129)).is_err(), "two characters each in normal form C");
        assert!(Password::parse(Secret::new("\u{958}".repeat(256))).is_ok(), "an old one may have been of that length");
    }

    proptest! {
        #[test]
        fn a_canonical_password_read_again_is_the_same(text in "(?s).{8,40}") {
            if let Ok(canonical) = new(&text) {
                prop_assert_eq!(new(&canonical), Ok(canonical.clone()));
                prop_assert_eq!(presented(&canonical), (canonical.clone(), None));
                let (first, raw) = presented(&text);
                prop_assert_eq!(&first, &canonical);
                prop_assert_eq!(raw.unwrap_or(first), text);
            }
        }

        #[test]
        fn a_presented_password_always_includes_the_typed_form(text in "(?s).{1,20}") {
            let (canonical, raw) = presented(&text);
            prop_assert!(canonical == text || raw == Some(text));
        }
    }

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
