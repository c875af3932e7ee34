//! A login e-mail in the one form in which it is stored and compared.

use std::fmt;

/// The longest address that SMTP can carry (RFC 5321 §4.5.3.1.3 with erratum 1690), in bytes.
pub const MAX_EMAIL_BYTES: usize = 254;

/// A login e-mail: trimmed, lower case, one `@` with text on both sides, no spaces or control characters, at most
/// [`MAX_EMAIL_BYTES`].
///
/// The rules reject only spellings that would make two accounts of one address, and texts that cannot be an address;
/// only a mail can prove that the mailbox exists. Unicode forms are compared as they are written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The text is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an e-mail address")]
pub struct InvalidEmail;

impl Email {
    /// Reads and normalises an address.
    ///
    /// # Errors
    /// [`InvalidEmail`] when the text does not have the shape described at [`Email`].
    pub fn parse(raw: &str) -> Result<Self, InvalidEmail> {
        let text = raw.trim().to_lowercase();
        let (name, host) = text.split_once('@').ok_or(InvalidEmail)?;
        let shaped = !name.is_empty() && !host.is_empty() && !host.contains('@');
        let printable = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        if shaped && printable && text.len() <= MAX_EMAIL_BYTES { Ok(Self(text)) } else { Err(InvalidEmail) }
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or(self.as_str(), |(name, _)| name)
    }
}

/// Key of the account for the limits. What cannot be an address is counted as well, so that it looks like an unknown
/// one.
pub fn account_key(typed: &str, email: Option<&Email>) -> String {
    email.map_or_else(|| typed.trim().to_lowercase(), |email| email.as_str().to_owned())
}

/// Keeps addresses out of logs, where `{:?}` of an outer type would put them.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_surrounding_spaces_do_not_make_another_address() {
        let plain = Email::parse("anna@example.org").unwrap();
        for spelling in ["Anna@Example.ORG", "  anna@example.org", "anna@example.org\t\n", "\u{a0}ANNA@EXAMPLE.ORG "] {
            assert_eq!(Email::parse(spelling).unwrap(), plain, "{spelling:?}");
        }
    }

    #[test]
    fn an_invalid_address_is_rejected() {
        let long = format!("{}@example.org", "a".repeat(243));
        for text in ["", "@", "anna", "anna@", "@example.org", "a@b@c", "an na@example.org", "anna@exa mple.org", &long]
        {
            assert_eq!(Email::parse(text), Err(InvalidEmail), "{text:?}");
        }
        assert_eq!(Email::parse("anna@exam\u{0}ple.org"), Err(InvalidEmail));
    }

    #[test]
    fn the_longest_address_is_254_bytes() {
        let longest = format!("{}@example.org", "a".repeat(242));
        assert_eq!(longest.len(), MAX_EMAIL_BYTES);
        assert!(Email::parse(&longest).is_ok());
    }

    #[test]
    fn addresses_are_not_printed_by_debug() {
        assert!(!format!("{:?}", Email::parse("anna@example.org").unwrap()).contains("anna"));
    }

    proptest! {
        #[test]
        fn parsing_a_normalised_address_changes_nothing(text in ".{0,40}@.{0,40}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
            }
        }
    }
}
