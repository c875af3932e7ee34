//! A presented password, in the forms in which it may have been hashed.

use contracts::Secret;

/// The forms of a presented password, tried in this order. Their number depends on the password alone, not on the
/// account, so the time of a failed verification shows nothing of the account.
#[derive(Debug, Clone)]
pub struct PasswordForms {
    /// The form that is hashed today.
    pub canonical: Secret,
    /// The password as it was typed, if that differs: earlier releases and other systems hashed it so.
    pub raw: Option<Secret>,
}

impl From<Secret> for PasswordForms {
    fn from(canonical: Secret) -> Self {
        Self { canonical, raw: None }
    }
}

/// Result of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// No form matches.
    Wrong,
    /// A form matches.
    Right,
    /// A form matches, and a new hash of the canonical form should replace the stored one: that has another form, or
    /// other parameters.
    Outdated,
}

impl Verification {
    /// `true` when the password is right.
    pub fn is_right(self) -> bool {
        self != Self::Wrong
    }
}
