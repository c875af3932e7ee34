//! Permissions of all roles, as held in memory: checks of access tokens need no SQL.

use std::collections::{BTreeSet, HashMap, HashSet};

/// Permissions of all roles at one revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleMap {
    /// Revision of the roles in storage; 0 before the first read.
    revision: i64,
    /// All permissions of the installation.
    known: HashSet<String>,
    /// Permissions by role, in alphabetical order.
    roles: HashMap<String, Vec<String>>,
}

impl RoleMap {
    /// The map of `revision` (1 or more): all permissions of the installation, and pairs of a role and a permission.
    pub fn new(
        revision: i64,
        known: impl IntoIterator<Item = String>,
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut roles: HashMap<String, Vec<String>> = HashMap::new();
        for (role, permission) in pairs {
            roles.entry(role).or_default().push(permission);
        }
        roles.values_mut().for_each(|permissions| permissions.sort_unstable());
        Self { revision, known: known.into_iter().collect(), roles }
    }

    /// Revision of the roles; 0 before the first read.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// `true` when roles have been read. Before that, no permission is known to be given.
    pub fn is_loaded(&self) -> bool {
        self.revision > 0
    }

    /// What these roles allow, in alphabetical order. Unknown roles allow nothing.
    pub fn permissions_of(&self, roles: &[String]) -> Vec<String> {
        let mut lists = roles.iter().filter_map(|role| self.roles.get(role));
        let Some(first) = lists.next() else { return Vec::new() };
        let Some(second) = lists.next() else { return first.clone() };
        let all: BTreeSet<&String> = first.iter().chain(second).chain(lists.flatten()).collect();
        all.into_iter().cloned().collect()
    }

    /// `true` when one of these roles has the permission.
    pub fn allows(&self, roles: &[String], permission: &str) -> bool {
        let has = |permissions: &Vec<String>| permissions.iter().any(|name| name == permission);
        roles.iter().any(|role| self.roles.get(role).is_some_and(has))
    }

    /// `true` when the installation has this permission.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.known.contains(permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings<const N: usize>(names: [&str; N]) -> [String; N] {
        names.map(str::to_owned)
    }

    #[test]
    fn several_roles_allow_what_any_of_them_allows_and_unknown_ones_nothing() {
        let pairs = [("a", "y"), ("a", "x"), ("b", "z"), ("b", "x"), ("c", "w")];
        let pairs = pairs.map(|(role, permission)| (role.to_owned(), permission.to_owned()));
        let map = RoleMap::new(1, strings(["x", "y", "z", "w", "unused"]), pairs);
        assert_eq!(map.permissions_of(&strings(["a"])), ["x", "y"]);
        assert_eq!(map.permissions_of(&strings(["c", "b", "A", "a"])), ["w", "x", "y", "z"]);
        assert_eq!(map.permissions_of(&strings(["x", ""])), [""; 0]);
        assert!(map.allows(&strings(["king", "b"]), "z"));
        assert!(!map.allows(&strings(["a"]), "z") && !map.allows(&[], "x") && !map.allows(&strings(["x"]), "x"));
        assert!(map.has_permission("unused") && !map.has_permission("a"));
    }

    #[test]
    fn nothing_is_allowed_before_the_first_read() {
        let map = RoleMap::default();
        assert!(!map.is_loaded() && !map.allows(&strings(["admin"]), "roles.manage"));
        assert!(RoleMap::new(1, [], []).is_loaded());
    }
}
