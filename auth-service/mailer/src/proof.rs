//! Secrets of mails: codes that are typed, and links to pages of the account.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Maximum length of a link below the account page, in bytes: mail programs cut long ones.
const MAX_LINK: usize = 128;

/// A code that the recipient types. Never in logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MailCode(String);

impl MailCode {
    /// Takes a code of ASCII digits; `None` for anything else.
    pub fn new(code: impl Into<String>) -> Option<Self> {
        let code = code.into();
        let is_code = (6..=12).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then_some(Self(code))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailCode(…)")
    }
}

/// A page below the account page with the secret that opens it, such as `reset/SECRET`. The rest of the URL comes from
/// the settings: the `Host` of a request is chosen by the client. Never in logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountLink(String);

impl AccountLink {
    /// Takes a relative path of characters that no mail program cuts or escapes: ASCII letters, digits and `/ _ - . ? =
    /// &`, of at most 128 bytes. `None` for anything else.
    pub fn new(path: impl Into<String>) -> Option<Self> {
        let path = path.into();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.?=&".contains(&byte);
        let is_relative = !path.is_empty() && !path.starts_with('/') && !path.contains("..");
        (is_relative && path.len() <= MAX_LINK && path.bytes().all(is_plain)).then_some(Self(path))
    }

    /// URL of the page, given that of the account page.
    pub fn url(&self, account: &str) -> String {
        format!("{account}/{}", self.0)
    }
}

impl fmt::Debug for AccountLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountLink(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_ascii_digits_only() {
        assert_eq!(MailCode::new("01234567").unwrap().as_str(), "01234567");
        for other in ["", "12345", "1234567890123", "1234 5678", "1234567a", "１２３４５６７８", "1234567\n"] {
            assert!(MailCode::new(other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_link_stays_below_the_account_page() {
        let link = AccountLink::new("reset/AZaz09_-").unwrap();
        assert_eq!(link.url("https://id.example/account"), "https://id.example/account/reset/AZaz09_-");
        let long = "a".repeat(129);
        for other in ["", "/reset", "//evil.example", "https://evil.example", "../x", "a b", "a\nb", "é", "a@b", &long]
        {
            assert!(AccountLink::new(other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn secrets_are_not_printed_by_debug() {
        let printed = format!("{:?} {:?}", MailCode::new("01234567"), AccountLink::new("reset/secret"));
        assert!(!printed.contains("0123") && !printed.contains("secret"), "{printed}");
    }
}
