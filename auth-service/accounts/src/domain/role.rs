//! The name of a role.

use std::fmt;

/// Name of a role: 1 to 64 characters of `a-z`, `0-9`, `_` and `-`. Existence is checked by storage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);

impl RoleName {
    /// Reads a name; `None` when it is not valid.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        (fits && plain).then(|| Self(text.to_owned()))
    }

    /// The role that may grant and revoke roles.
    pub fn admin() -> Self {
        Self(contracts::auth::roles::ADMIN.to_owned())
    }

    /// `true` for [`Self::admin`].
    pub fn is_admin(&self) -> bool {
        self.0 == contracts::auth::roles::ADMIN
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        assert!(RoleName::parse("admin").is_some_and(|role| role.is_admin()));
        assert!(RoleName::parse("early_birds-2").is_some());
        for text in ["", "Admin", "admin ", "админ", "a/b", &"a".repeat(65)] {
            assert!(RoleName::parse(text).is_none(), "{text:?}");
        }
    }
}
