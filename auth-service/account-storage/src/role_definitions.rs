//! Roles that administrators define: listed, created, changed and deleted.

use std::collections::BTreeSet;

use accounts::{AuditAction, AuditContext, AuditOutcome, MAX_ROLES, PermissionName, Role, RoleChange, RoleName};
use chrono::{DateTime, Utc};
use contracts::auth::permissions::ROLES_MANAGE;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use service_kit::database::DatabaseError;

use super::cutoffs::cut_off_holders;
use super::entities::role;
use super::operators::Rejection;
use super::role_audit::{RoleAct, record};
use super::role_lock::{advance_revision, is_last_managing_role, lock_roles};
use super::role_permissions::{self, Origin};
use super::store::Store;

/// Reasons why a role was not created, changed or deleted; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum DefineRoleError {
    /// There is no such role.
    #[error("there is no such role")]
    NoSuchRole,
    /// There is a role with this name.
    #[error("there is a role with this name")]
    Taken,
    /// There are [`MAX_ROLES`] roles.
    #[error("there are too many roles")]
    TooMany,
    /// The role is defined by a file.
    #[error("the role is defined by a file")]
    System,
    /// The installation does not have this permission.
    #[error("there is no permission {0}")]
    NoSuchPermission(PermissionName),
    /// No active administrator would be left.
    #[error("no administrator would be left")]
    LastAdmin,
    /// SQL failed.
    #[error("the role could not be written")]
    Storage(#[from] DatabaseError),
}

impl Rejection for DefineRoleError {
    fn outcome(&self) -> Option<AuditOutcome> {
        match self {
            Self::NoSuchRole => Some(AuditOutcome::RoleNotFound),
            Self::Taken => Some(AuditOutcome::RoleTaken),
            Self::TooMany => Some(AuditOutcome::TooManyRoles),
            Self::System => Some(AuditOutcome::SystemRole),
            Self::NoSuchPermission(_) => Some(AuditOutcome::PermissionNotFound),
            Self::LastAdmin => Some(AuditOutcome::LastAdmin),
            Self::Storage(_) => None,
        }
    }
}

impl Store {
    /// Roles with a name after `after`, at most `limit`, in the order of the database.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_roles(&self, after: Option<&RoleName>, limit: u64) -> Result<Vec<Role>, DatabaseError> {
        let mut query = role::Entity::find().order_by_asc(role::Column::Name).limit(limit);
        if let Some(after) = after {
            query = query.filter(role::Column::Name.gt(after.as_str()));
        }
        let rows = query.all(&self.db).await?;
        Ok(role_permissions::roles_from(&self.db, rows).await?)
    }

    /// A role.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_role(&self, name: &RoleName) -> Result<Option<Role>, DatabaseError> {
        let rows = role::Entity::find_by_id(name.as_str().to_owned()).all(&self.db).await?;
        Ok(role_permissions::roles_from(&self.db, rows).await?.pop())
    }

    /// Creates a role and returns it.
    ///
    /// # Errors
    /// [`DefineRoleError`].
    pub async fn create_role(
        &self,
        name: &RoleName,
        description: &str,
        permissions: &BTreeSet<PermissionName>,
        context: &AuditContext,
    ) -> Result<Role, DefineRoleError> {
        self.write(async |tx| {
            let result = create(tx, name, description, permissions).await?;
            record(tx, act(context, AuditAction::CreateRole, name), &result, |_| true).await?;
            Ok(result)
        })
        .await?
    }

    /// Changes a role and returns it. Other permissions cut off the access tokens of all holders.
    ///
    /// # Errors
    /// [`DefineRoleError`].
    pub async fn update_role(
        &self,
        name: &RoleName,
        change: &RoleChange,
        context: &AuditContext,
    ) -> Result<Role, DefineRoleError> {
        let batch = self.for_batch(); // a role may have very many holders
        batch
            .write(async |tx| {
                let result = update(tx, name, change, context.at).await?;
                record(tx, act(context, AuditAction::UpdateRole, name), &result, |_| true).await?;
                Ok(result)
            })
            .await?
    }

    /// Deletes a role, takes it from its holders and cuts off their access tokens.
    ///
    /// # Errors
    /// [`DefineRoleError`].
    pub async fn delete_role(&self, name: &RoleName, context: &AuditContext) -> Result<(), DefineRoleError> {
        let batch = self.for_batch();
        batch
            .write(async |tx| {
                let result = delete(tx, name, context.at).await?;
                record(tx, act(context, AuditAction::DeleteRole, name), &result, |()| true).await?;
                Ok(result)
            })
            .await?
    }
}

fn act<'a>(context: &'a AuditContext, action: AuditAction, role: &'a RoleName) -> RoleAct<'a> {
    RoleAct { context, action, user: None, role: Some(role) }
}

async fn create(
    tx: &DatabaseTransaction,
    name: &RoleName,
    description: &str,
    permissions: &BTreeSet<PermissionName>,
) -> Result<Result<Role, DefineRoleError>, DbErr> {
    lock_roles(tx).await?;
    if find(tx, name).await?.is_some() {
        return Ok(Err(DefineRoleError::Taken));
    }
    if role::Entity::find().count(tx).await? >= MAX_ROLES {
        return Ok(Err(DefineRoleError::TooMany));
    }
    if let Some(unknown) = role_permissions::first_unknown(tx, permissions).await? {
        return Ok(Err(DefineRoleError::NoSuchPermission(unknown)));
    }
    let row = role::Model { name: name.as_str().to_owned(), description: description.to_owned(), system: false };
    insert(tx, row).await?;
    role_permissions::insert(tx, name, permissions, Origin::Administrator).await?;
    advance_revision(tx).await?;
    read_back(tx, name).await
}

async fn update(
    tx: &DatabaseTransaction,
    name: &RoleName,
    change: &RoleChange,
    at: DateTime<Utc>,
) -> Result<Result<Role, DefineRoleError>, DbErr> {
    if let Err(rejected) = lock_definable(tx, name).await? {
        return Ok(Err(rejected));
    }
    if let Some(permissions) = &change.permissions
        && let Err(rejected) = set_permissions(tx, name, permissions, at).await?
    {
        return Ok(Err(rejected));
    }
    if let Some(description) = &change.description {
        set_description(tx, name, description).await?;
    }
    read_back(tx, name).await
}

async fn delete(
    tx: &DatabaseTransaction,
    name: &RoleName,
    at: DateTime<Utc>,
) -> Result<Result<(), DefineRoleError>, DbErr> {
    if let Err(rejected) = lock_definable(tx, name).await? {
        return Ok(Err(rejected));
    }
    if is_last_managing_role(tx, name).await? {
        return Ok(Err(DefineRoleError::LastAdmin));
    }
    cut_off_holders(tx, name, at).await?;
    role::Entity::delete_by_id(name.as_str().to_owned()).exec(tx).await?; // cascades
    advance_revision(tx).await?;
    Ok(Ok(()))
}

/// Locks roles, and checks that administrators may change this one.
async fn lock_definable(tx: &DatabaseTransaction, name: &RoleName) -> Result<Result<(), DefineRoleError>, DbErr> {
    lock_roles(tx).await?;
    Ok(match find(tx, name).await? {
        None => Err(DefineRoleError::NoSuchRole),
        Some(row) if row.system => Err(DefineRoleError::System),
        Some(_) => Ok(()),
    })
}

/// Replaces the permissions of a role.
async fn set_permissions(
    tx: &DatabaseTransaction,
    name: &RoleName,
    permissions: &BTreeSet<PermissionName>,
    at: DateTime<Utc>,
) -> Result<Result<(), DefineRoleError>, DbErr> {
    if let Some(unknown) = role_permissions::first_unknown(tx, permissions).await? {
        return Ok(Err(DefineRoleError::NoSuchPermission(unknown)));
    }
    let before = role_permissions::of_role(tx, name).await?;
    let is_kept = |known: &str| permissions.iter().any(|one| one.as_str() == known);
    let withdrawn: Vec<String> = before.keys().filter(|known| !is_kept(known)).cloned().collect();
    let added: Vec<_> = permissions.iter().filter(|one| !before.contains_key(one.as_str())).collect();
    if withdrawn.is_empty() && added.is_empty() {
        return Ok(Ok(()));
    }
    if withdrawn.iter().any(|one| one == ROLES_MANAGE) && is_last_managing_role(tx, name).await? {
        return Ok(Err(DefineRoleError::LastAdmin));
    }
    role_permissions::delete(tx, name, withdrawn).await?;
    role_permissions::insert(tx, name, added, Origin::Administrator).await?;
    cut_off_holders(tx, name, at).await?;
    advance_revision(tx).await?;
    Ok(Ok(()))
}

pub(super) async fn find(tx: &DatabaseTransaction, name: &RoleName) -> Result<Option<role::Model>, DbErr> {
    role::Entity::find_by_id(name.as_str().to_owned()).one(tx).await
}

pub(super) async fn insert(tx: &DatabaseTransaction, row: role::Model) -> Result<(), DbErr> {
    let row = role::ActiveModel { name: Set(row.name), description: Set(row.description), system: Set(row.system) };
    role::Entity::insert(row).exec_without_returning(tx).await.map(drop)
}

async fn set_description(tx: &DatabaseTransaction, name: &RoleName, description: &str) -> Result<(), DbErr> {
    role::Entity::update_many()
        .col_expr(role::Column::Description, Expr::value(description))
        .filter(role::Column::Name.eq(name.as_str()))
        .exec(tx)
        .await
        .map(drop)
}

async fn read_back(tx: &DatabaseTransaction, name: &RoleName) -> Result<Result<Role, DefineRoleError>, DbErr> {
    let rows = find(tx, name).await?.into_iter().collect();
    Ok(role_permissions::roles_from(tx, rows).await?.pop().ok_or(DefineRoleError::NoSuchRole))
}
