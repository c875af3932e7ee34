//! Permissions and roles that files define: the built-in `roles.toml`, and an operator's file that adds to it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::role::{MAX_PERMISSIONS_OF_ROLE, MAX_ROLES, PermissionName, RoleName};

const BUILT_IN: &str = include_str!("roles.toml");
/// Maximum number of permissions of an installation.
const MAX_PERMISSIONS: usize = 1000;
/// Length of the longest description, in characters.
const MAX_DESCRIPTION: usize = 200;

/// Permissions and roles that files define.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDefinitions {
    /// Descriptions of permissions by name.
    pub permissions: BTreeMap<PermissionName, String>,
    /// Roles by name.
    pub roles: BTreeMap<RoleName, DefinedRole>,
    /// `true` when an operator's file was read. Without one, what an earlier file has added stays.
    pub has_file: bool,
}

/// A role that files define.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DefinedRole {
    /// Its purpose, for administrators.
    pub description: String,
    /// Permissions that it has on every installation.
    pub built_in: BTreeSet<PermissionName>,
    /// Permissions that the operator's file adds.
    pub added: BTreeSet<PermissionName>,
}

/// Errors of a file of roles.
#[derive(Debug, thiserror::Error)]
pub enum RoleDefinitionsError {
    /// It is not TOML, or has unknown fields.
    #[error("the file cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// An entry is not valid.
    #[error("{0}")]
    Entry(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    permissions: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<String, RoleEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleEntry {
    description: Option<String>,
    #[serde(default)]
    permissions: Vec<String>,
}

impl RoleDefinitions {
    /// Those of every installation.
    ///
    /// # Errors
    /// None in practice; a test parses the file.
    pub fn built_in() -> Result<Self, RoleDefinitionsError> {
        let mut all = Self { permissions: BTreeMap::new(), roles: BTreeMap::new(), has_file: false };
        all.add(BUILT_IN, |role| &mut role.built_in)?;
        Ok(all)
    }

    /// The built-in ones with those of an operator's file.
    ///
    /// # Errors
    /// [`RoleDefinitionsError`] with the invalid entry.
    pub fn with_file(text: &str) -> Result<Self, RoleDefinitionsError> {
        let mut all = Self { has_file: true, ..Self::built_in()? };
        all.add(text, |role| &mut role.added)?;
        if all.permissions.len() > MAX_PERMISSIONS || all.roles.len() as u64 > MAX_ROLES {
            let bounds = format!("more than {MAX_PERMISSIONS} permissions or {MAX_ROLES} roles");
            return Err(RoleDefinitionsError::Entry(bounds));
        }
        Ok(all)
    }

    /// Adds the entries of a file; `part` is where the permissions of a role belong.
    fn add(
        &mut self,
        text: &str,
        part: fn(&mut DefinedRole) -> &mut BTreeSet<PermissionName>,
    ) -> Result<(), RoleDefinitionsError> {
        let file: File = toml::from_str(text)?;
        for (name, described) in file.permissions {
            let parsed = PermissionName::parse(&name).ok_or_else(|| invalid_name(&name))?;
            self.permissions.insert(parsed, description(&name, described)?);
        }
        for (name, entry) in file.roles {
            let parsed = RoleName::parse(&name).ok_or_else(|| invalid_name(&name))?;
            let role = self.roles.entry(parsed).or_default();
            if let Some(described) = entry.description {
                role.description = description(&name, described)?;
            }
            for permission in &entry.permissions {
                let permission = PermissionName::parse(permission).ok_or_else(|| invalid_name(permission))?;
                if !self.permissions.contains_key(&permission) {
                    let text = format!("role {name}: permission {permission} is not declared in [permissions]");
                    return Err(RoleDefinitionsError::Entry(text));
                }
                if !role.built_in.contains(&permission) {
                    part(role).insert(permission);
                }
            }
            if role.built_in.len() + role.added.len() > MAX_PERMISSIONS_OF_ROLE {
                let text = format!("role {name} has more than {MAX_PERMISSIONS_OF_ROLE} permissions");
                return Err(RoleDefinitionsError::Entry(text));
            }
        }
        Ok(())
    }
}

fn invalid_name(name: &str) -> RoleDefinitionsError {
    let rule = "1 to 64 characters of a-z, 0-9, _ and -, in names of permissions also dots";
    RoleDefinitionsError::Entry(format!("{name:?} is not a valid name: {rule}"))
}

fn description(name: &str, text: String) -> Result<String, RoleDefinitionsError> {
    if text.chars().count() > MAX_DESCRIPTION || text.chars().any(char::is_control) {
        let rule = format!("{name}: a description is one line of at most {MAX_DESCRIPTION} characters");
        return Err(RoleDefinitionsError::Entry(rule));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use contracts::auth::{permissions, roles};

    use super::*;

    fn permission(name: &str) -> PermissionName {
        PermissionName::parse(name).unwrap()
    }

    #[test]
    fn the_built_in_file_has_the_roles_and_permissions_of_the_contract() {
        let built_in = RoleDefinitions::built_in().unwrap();
        let names: Vec<_> = built_in.roles.keys().map(RoleName::as_str).collect();
        assert_eq!(names, [roles::ADMIN, roles::EDITOR, roles::SUBSCRIBER]);
        let expected = [
            permissions::USERS_MANAGE,
            permissions::ROLES_MANAGE,
            permissions::CLIENTS_MANAGE,
            permissions::AUDIT_READ,
            permissions::FILMS_WRITE,
            permissions::FILMS_PLAY_SUBSCRIPTION,
        ];
        assert_eq!(built_in.permissions.keys().cloned().collect::<BTreeSet<_>>(), expected.map(permission).into());
        let admin = &built_in.roles[&RoleName::admin()];
        assert!(admin.built_in.contains(&PermissionName::roles_manage()));
        assert!(!admin.built_in.contains(&permission(permissions::FILMS_WRITE)), "administrators do not edit films");
        assert!(!built_in.has_file && built_in.roles.values().all(|role| role.added.is_empty()));
    }

    #[test]
    fn a_file_adds_permissions_roles_and_permissions_of_built_in_roles() {
        let text = r#"
            [permissions]
            "reviews.moderate" = "Hides reviews"
            [roles.admin]
            permissions = ["films.write", "roles.manage"]
            [roles.moderator]
            description = "Hides reviews"
            permissions = ["reviews.moderate"]
        "#;
        let all = RoleDefinitions::with_file(text).unwrap();
        let admin = &all.roles[&RoleName::admin()];
        assert_eq!(admin.added, BTreeSet::from([permission("films.write")]), "built-in ones are not added again");
        assert_eq!(admin.description, RoleDefinitions::built_in().unwrap().roles[&RoleName::admin()].description);
        let moderator = &all.roles[&RoleName::parse("moderator").unwrap()];
        assert!(moderator.built_in.is_empty() && moderator.added.contains(&permission("reviews.moderate")));
        assert!(all.has_file && RoleDefinitions::with_file("").unwrap().has_file);
    }

    #[test]
    fn an_invalid_entry_is_named() {
        let many: Vec<String> = (0..=MAX_PERMISSIONS).map(|n| format!("\"p{n}\" = \"\"")).collect();
        let many = format!("[permissions]\n{}", many.join("\n"));
        let list: Vec<String> = (0..=MAX_PERMISSIONS_OF_ROLE).map(|n| format!("\"p{n}\"")).collect();
        let full = format!("{}\n[roles.x]\npermissions = [{}]", many.replace("\"p1000\" = \"\"", ""), list.join(","));
        for (text, named) in [
            ("roles = 1", "cannot be read"),
            ("[roles.x]\nadmin = true", "admin"),
            ("[roles.\"a/b\"]", "a/b"),
            ("[roles.X]", "\"X\""),
            ("[roles.x]\npermissions = [\"films.fly\"]", "films.fly is not declared"),
            ("[roles.x]\npermissions = [\"films/write\"]", "films/write"),
            ("[permissions]\n\"Films\" = \"\"", "\"Films\""),
            ("[roles.x]\ndescription = \"two\\nlines\"", "one line"),
            (&many, "more than 1000 permissions"),
            (&full, "role x has more than 100 permissions"),
        ] {
            let error = RoleDefinitions::with_file(text).unwrap_err().to_string();
            assert!(error.contains(named), "{named} is missing in: {error}");
        }
    }
}
