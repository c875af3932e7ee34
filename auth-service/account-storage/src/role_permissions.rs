//! Permissions of roles: rows of one role, and the map of all roles.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use accounts::{PermissionName, Role, RoleMap, RoleName};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect,
};
use service_kit::database::DatabaseError;

use super::entities::{permission, role, role_permission};
use super::role_lock::revision;
use super::store::Store;

/// Origin of a permission of a role. Never reused for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The program.
    BuiltIn = 1,
    /// The operator's file.
    File = 2,
    /// An administrator.
    Administrator = 3,
}

impl Origin {
    /// As in `role_permissions.origin`.
    pub(super) fn number(self) -> i16 {
        self as i16
    }
}

impl Store {
    /// Reads permissions of all roles. The revision is read first: a change in between is found by the next poll.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn load_role_map(&self) -> Result<RoleMap, DatabaseError> {
        let revision = revision(&self.db).await?;
        let known = permission::Entity::find().select_only().column(permission::Column::Name).into_tuple::<String>();
        let pairs = role_permission::Entity::find()
            .select_only()
            .columns([role_permission::Column::Role, role_permission::Column::Permission])
            .into_tuple::<(String, String)>();
        Ok(RoleMap::new(revision, known.all(&self.db).await?, pairs.all(&self.db).await?))
    }
}

/// Roles of these rows, in the same order.
pub(super) async fn roles_from(db: &impl ConnectionTrait, rows: Vec<role::Model>) -> Result<Vec<Role>, DbErr> {
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let query = role_permission::Entity::find().filter(role_permission::Column::Role.is_in(names));
    let mut permissions: HashMap<String, Vec<String>> = HashMap::new();
    for row in query.all(db).await? {
        permissions.entry(row.role).or_default().push(row.permission);
    }
    permissions.values_mut().for_each(|names| names.sort_unstable());
    let role = |row: role::Model| {
        let permissions = permissions.remove(&row.name).unwrap_or_default();
        Some(Role { name: RoleName::parse(&row.name)?, description: row.description, system: row.system, permissions })
    };
    Ok(rows.into_iter().filter_map(role).collect())
}

/// Permissions of a role with the numbers of their origins.
pub(super) async fn of_role(db: &impl ConnectionTrait, name: &RoleName) -> Result<BTreeMap<String, i16>, DbErr> {
    let query = role_permission::Entity::find().filter(role_permission::Column::Role.eq(name.as_str()));
    Ok(query.all(db).await?.into_iter().map(|row| (row.permission, row.origin)).collect())
}

/// The first of these permissions that the installation does not have.
pub(super) async fn first_unknown(
    db: &impl ConnectionTrait,
    permissions: &BTreeSet<PermissionName>,
) -> Result<Option<PermissionName>, DbErr> {
    let names: Vec<&str> = permissions.iter().map(PermissionName::as_str).collect();
    let known = permission::Entity::find().filter(permission::Column::Name.is_in(names)).all(db).await?;
    let known: BTreeSet<String> = known.into_iter().map(|row| row.name).collect();
    Ok(permissions.iter().find(|name| !known.contains(name.as_str())).cloned())
}

/// Gives a role permissions that it does not have.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    name: &RoleName,
    permissions: impl IntoIterator<Item = &PermissionName>,
    origin: Origin,
) -> Result<(), DbErr> {
    let row = |permission: &PermissionName| role_permission::ActiveModel {
        role: Set(name.as_str().to_owned()),
        permission: Set(permission.as_str().to_owned()),
        origin: Set(origin.number()),
    };
    let rows: Vec<_> = permissions.into_iter().map(row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    role_permission::Entity::insert_many(rows).exec_without_returning(tx).await.map(drop)
}

/// Takes permissions from a role.
pub(super) async fn delete(tx: &DatabaseTransaction, name: &RoleName, permissions: Vec<String>) -> Result<(), DbErr> {
    if permissions.is_empty() {
        return Ok(());
    }
    role_permission::Entity::delete_many()
        .filter(role_permission::Column::Role.eq(name.as_str()))
        .filter(role_permission::Column::Permission.is_in(permissions))
        .exec(tx)
        .await
        .map(drop)
}
