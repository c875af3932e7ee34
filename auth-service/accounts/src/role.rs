//! Roles, and the names of roles and permissions.

use std::collections::BTreeSet;
use std::fmt;

/// Maximum number of roles of an installation.
pub const MAX_ROLES: u64 = 2000;
/// Maximum number of roles of a user: all of them are in each access token.
pub const MAX_ROLES_OF_USER: u64 = 32;
/// Maximum number of permissions of a role.
pub const MAX_PERMISSIONS_OF_ROLE: usize = 100;
/// Length of the longest name, in bytes.
const MAX_NAME: usize = 64;

/// Name of a role: 1 to 64 characters of `a-z`, `0-9`, `_` and `-`. Existence is checked by storage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);

impl RoleName {
    /// Reads a name; `None` when it is not valid.
    pub fn parse(text: &str) -> Option<Self> {
        is_name(text, b"_-").then(|| Self(text.to_owned()))
    }

    /// The role of administrators.
    pub fn admin() -> Self {
        Self(contracts::auth::roles::ADMIN.to_owned())
    }

    /// The role of those who edit films.
    pub fn editor() -> Self {
        Self(contracts::auth::roles::EDITOR.to_owned())
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

/// Name of a permission: 1 to 64 characters of `a-z`, `0-9`, `_`, `-` and `.`, such as `films.write`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionName(String);

impl PermissionName {
    /// Reads a name; `None` when it is not valid.
    pub fn parse(text: &str) -> Option<Self> {
        is_name(text, b"_-.").then(|| Self(text.to_owned()))
    }

    /// The permission to define and assign roles. At least one active user has it.
    pub fn roles_manage() -> Self {
        Self(contracts::auth::permissions::ROLES_MANAGE.to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PermissionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_name(text: &str, punctuation: &[u8]) -> bool {
    (1..=MAX_NAME).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || punctuation.contains(&byte))
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: RoleName,
    /// Its purpose, for administrators.
    pub description: String,
    /// `true` for roles that files define; those are not changed in any other way.
    pub system: bool,
    /// Names of what it allows, in alphabetical order.
    pub permissions: Vec<String>,
}

/// Changes of a role. `None` keeps a value.
#[derive(Debug, Clone, Default)]
pub struct RoleChange {
    /// Its purpose, for administrators.
    pub description: Option<String>,
    /// All that it allows from now on.
    pub permissions: Option<BTreeSet<PermissionName>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        assert!(
            RoleName::parse("early_birds-2").is_some() && PermissionName::parse("films.play_subscription").is_some()
        );
        for text in ["", "Admin", "admin ", "админ", "a/b", &"a".repeat(65)] {
            assert!(RoleName::parse(text).is_none() && PermissionName::parse(text).is_none(), "{text:?}");
        }
        assert!(RoleName::parse("films.write").is_none());
    }
}
