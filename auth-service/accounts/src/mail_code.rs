//! Codes and links sent by mail: what they are for, and how they are typed and opened.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::Secret;
use contracts::ids::UserId;
use uuid::Uuid;

use super::Email;

/// Validity of a code and its link.
pub const CODE_VALIDITY: TimeDelta = TimeDelta::minutes(15);
/// Validity of the link that undoes a change of address.
pub const UNDO_VALIDITY: TimeDelta = TimeDelta::days(7);
/// Number of wrong codes after which the codes of an asker are refused.
pub const MAX_TRIES: u16 = 5;
/// Number of codes of one asker that are accepted: mails overtake each other.
pub const OPEN_CODES: usize = 2;
/// Number of digits of a code.
pub const CODE_DIGITS: usize = 8;

/// Purpose of a code. A code of one purpose is wrong for every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// Proof of the login e-mail, by the session that asked.
    Proof,
    /// Reset of the password.
    Reset,
    /// Change of the address: the new mailbox.
    Change,
    /// Change of the address: the present mailbox.
    Release,
    /// Cancels or undoes a change of the address; a link only.
    Undo,
}

/// What a code is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeBinding {
    /// Its purpose.
    pub purpose: CodePurpose,
    /// The session, or the reset, that asked.
    pub asker: Uuid,
    /// The account; `None` for an address without one.
    pub user: Option<UserId>,
    /// The mailbox that it is sent to.
    pub login: Email,
}

/// A new code with its link, for the mail; and what is stored of them.
#[derive(Debug)]
pub struct IssuedCode {
    /// What it is bound to.
    pub binding: CodeBinding,
    /// Id of the row.
    pub id: Uuid,
    /// The digits.
    pub code: Secret,
    /// The secret of the link, 64 characters of base64url.
    pub link: Secret,
    /// HMAC of the code.
    pub code_mac: [u8; 32],
    /// HMAC of the secret of the link.
    pub link_mac: [u8; 32],
    /// Time of the request.
    pub sent_at: DateTime<Utc>,
    /// Time from which it is not accepted.
    pub expires_at: DateTime<Utc>,
}

/// A code as typed: exactly eight digits.
#[derive(Debug, Clone)]
pub struct TypedCode(Secret);

/// A link as opened: the id of its row and its secret.
#[derive(Debug, Clone)]
pub struct OpenedLink {
    /// Id of the row.
    pub id: Uuid,
    secret: Secret,
}

/// The text has another number of digits, or something else than digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has 8 digits")]
pub struct InvalidCode;

impl TypedCode {
    /// Reads a code. Spaces and hyphens are ignored, and full-width digits are digits: keyboards and copies add them.
    ///
    /// # Errors
    /// [`InvalidCode`]; such a text is no guess.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        let mut digits = String::with_capacity(CODE_DIGITS);
        for letter in text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
            let digit = match letter {
                '0'..='9' => letter,
                '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(letter) - 0xff10, 10).ok_or(InvalidCode)?,
                _ => return Err(InvalidCode),
            };
            digits.push(digit);
            if digits.len() > CODE_DIGITS {
                return Err(InvalidCode);
            }
        }
        if digits.len() == CODE_DIGITS { Ok(Self(Secret::new(digits))) } else { Err(InvalidCode) }
    }

    /// Takes eight digits.
    pub(super) fn of_digits(digits: Secret) -> Self {
        Self(digits)
    }

    /// The digits.
    pub(super) fn digits(&self) -> &Secret {
        &self.0
    }

    /// The digits, for a mail.
    pub(super) fn into_digits(self) -> Secret {
        self.0
    }
}

impl OpenedLink {
    /// Reads the secret of a link; `None` for a text of another length, such as a link that was cut.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok().filter(|bytes| bytes.len() == 48)?;
        let id = Uuid::from_slice(bytes.get(..16)?).ok()?;
        Some(Self { id, secret: Secret::new(text.trim()) })
    }

    /// The secret.
    pub(super) fn secret(&self) -> &Secret {
        &self.secret
    }
}

/// Number of a purpose, in `mail_codes.purpose`. Never reused for another one.
pub const fn purpose_number(purpose: CodePurpose) -> i16 {
    match purpose {
        CodePurpose::Proof => 1,
        CodePurpose::Reset => 2,
        CodePurpose::Change => 3,
        CodePurpose::Release => 4,
        CodePurpose::Undo => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_typed_with_spaces_hyphens_and_full_width_digits() {
        for text in ["01234567", " 0123 4567\n", "0123-4567", "０１２３４５６７", "0123\u{a0}4567"] {
            assert_eq!(TypedCode::parse(text).unwrap().digits().expose(), "01234567", "{text:?}");
        }
        for text in ["", "0123456", "012345678", "0123456a", "٠١٢٣٤٥٦٧", "0123.4567", "+1234567"] {
            assert_eq!(TypedCode::parse(text).unwrap_err(), InvalidCode, "{text:?}");
        }
    }
}
