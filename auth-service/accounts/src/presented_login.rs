//! A login as typed at a sign-in.

use std::fmt;

use super::{Email, MAX_EMAIL_BYTES};

/// A login as typed at a sign-in, in the forms in which it may be stored.
#[derive(Clone, Default)]
pub struct PresentedLogin {
    email: Option<Email>,
    former: Option<FormerLogin>,
    /// What is counted when it is no address.
    typed: String,
}

/// The form in which releases before the canonical [`Email`] stored an address: trimmed and in lower case, one `@` with
/// text on both sides, no spaces or control characters, at most [`MAX_EMAIL_BYTES`]. Spellings of one mailbox differ in
/// it, and some are no mailbox. Accounts whose address another account keeps sign in by it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FormerLogin(String);

impl PresentedLogin {
    /// Reads what was typed. Every text is one: one that can be no login is treated like an unknown one.
    pub fn parse(typed: &str) -> Self {
        let typed = typed.trim();
        Self { email: Email::parse(typed).ok(), former: FormerLogin::parse(typed), typed: typed.to_lowercase() }
    }

    /// The canonical address.
    pub fn email(&self) -> Option<&Email> {
        self.email.as_ref()
    }

    /// The form of earlier releases.
    pub fn former(&self) -> Option<&FormerLogin> {
        self.former.as_ref()
    }

    /// `false` for a text that can be no login of any release.
    pub fn is_possible(&self) -> bool {
        self.email.is_some() || self.former.is_some()
    }

    /// Key of the account for the limits. What cannot be an address is counted as well, so that it looks like an
    /// unknown one.
    pub fn account_key(&self) -> &str {
        self.email.as_ref().map_or(&self.typed, Email::as_str)
    }
}

impl From<Email> for PresentedLogin {
    fn from(email: Email) -> Self {
        Self::parse(email.as_str())
    }
}

impl FormerLogin {
    /// Reads a login by the rules of earlier releases.
    pub fn parse(typed: &str) -> Option<Self> {
        let text = typed.trim().to_lowercase();
        let (name, host) = text.split_once('@')?;
        let is_shaped = !name.is_empty() && !host.is_empty() && !host.contains('@');
        let is_printable = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        (is_shaped && is_printable && text.len() <= MAX_EMAIL_BYTES).then_some(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Keeps addresses out of logs.
impl fmt::Debug for PresentedLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedLogin(…)")
    }
}

/// Keeps addresses out of logs.
impl fmt::Debug for FormerLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormerLogin(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_all_spellings_of_a_mailbox_together() {
        for typed in ["Anna@Bücher.example", " anna@BU\u{308}CHER.example.", "anna@xn--bcher-kva.example"] {
            assert_eq!(PresentedLogin::parse(typed).account_key(), "anna@xn--bcher-kva.example", "{typed}");
        }
        assert_eq!(PresentedLogin::parse(" A..B@example.org ").account_key(), "a..b@example.org");
        assert_eq!(PresentedLogin::parse("Not an address").account_key(), "not an address");
    }

    #[test]
    fn the_former_form_keeps_spellings_apart() {
        let former = |typed| PresentedLogin::parse(typed).former().map(|login| login.as_str().to_owned());
        assert_eq!(former(" Anna@Bücher.example."), Some("anna@bücher.example.".into()));
        assert_eq!(former("A..B@example.org"), Some("a..b@example.org".into()));
        assert_eq!(former("anna"), None);
    }

    #[test]
    fn logins_are_not_printed_by_debug() {
        let login = PresentedLogin::parse("anna@example.org");
        assert!(!format!("{login:?} {:?}", login.former()).contains("anna"));
    }
}
