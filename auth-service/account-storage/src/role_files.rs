//! Roles and permissions as files define them, written into the tables after the migrations.
//!
//! The program's part is only added to: during a roll-out an older release runs this too. The operator's part is made as
//! the file says, by processes that have the file.

use std::collections::BTreeSet;

use accounts::{DefinedRole, PermissionName, RoleDefinitions, RoleName};
use chrono::{DateTime, Utc};
use contracts::auth::permissions::ROLES_MANAGE;
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};

use super::cutoffs::cut_off_holders;
use super::entities::{permission, role, role_permission};
use super::role_definitions::{find, insert};
use super::role_lock::{advance_revision, is_last_managing_role, lock_roles};
use super::role_permissions::{self, Origin};

/// Writes what the files define. Holders of a role that loses a permission are cut off.
pub(super) async fn install(
    tx: &DatabaseTransaction,
    definitions: &RoleDefinitions,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    lock_roles(tx).await?;
    install_permissions(tx, definitions).await?;
    for (name, role) in &definitions.roles {
        install_role(tx, name, role).await?;
        if definitions.has_file {
            withdraw_others(tx, name, role, at).await?;
        }
    }
    if definitions.has_file {
        release_roles(tx, definitions).await?;
        forget_permissions(tx, definitions).await?;
    }
    advance_revision(tx).await
}

async fn install_permissions(tx: &DatabaseTransaction, definitions: &RoleDefinitions) -> Result<(), DbErr> {
    let row = |(name, description): (&PermissionName, &String)| permission::ActiveModel {
        name: Set(name.as_str().to_owned()),
        description: Set(description.clone()),
    };
    let update = OnConflict::column(permission::Column::Name).update_column(permission::Column::Description).to_owned();
    let rows = definitions.permissions.iter().map(row);
    permission::Entity::insert_many(rows).on_conflict(update).exec_without_returning(tx).await.map(drop)
}

/// Creates the role, or takes it over from administrators, and adds missing permissions.
async fn install_role(tx: &DatabaseTransaction, name: &RoleName, defined: &DefinedRole) -> Result<(), DbErr> {
    let (wanted, description) = (name.as_str().to_owned(), defined.description.clone());
    match find(tx, name).await? {
        None => insert(tx, role::Model { name: wanted, description, system: true }).await?,
        Some(row) if row.system && row.description == description => {}
        Some(_) => {
            role::Entity::update_many()
                .col_expr(role::Column::System, Expr::value(true))
                .col_expr(role::Column::Description, Expr::value(description))
                .filter(role::Column::Name.eq(wanted))
                .exec(tx)
                .await?;
        }
    }
    let before = role_permissions::of_role(tx, name).await?;
    for (permissions, origin) in [(&defined.built_in, Origin::BuiltIn), (&defined.added, Origin::File)] {
        let of_others = |one: &&PermissionName| before.get(one.as_str()).is_some_and(|known| *known != origin.number());
        let others: Vec<String> = permissions.iter().filter(of_others).map(ToString::to_string).collect();
        role_permissions::delete(tx, name, others.clone()).await?;
        let is_missing = |one: &&PermissionName| {
            !before.contains_key(one.as_str()) || others.iter().any(|other| other == one.as_str())
        };
        role_permissions::insert(tx, name, permissions.iter().filter(is_missing), origin).await?;
    }
    Ok(())
}

/// Withdraws permissions that the file no longer adds to the role.
async fn withdraw_others(
    tx: &DatabaseTransaction,
    name: &RoleName,
    defined: &DefinedRole,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let defined: BTreeSet<&str> = defined.built_in.union(&defined.added).map(PermissionName::as_str).collect();
    let built_in = Origin::BuiltIn.number();
    let before = role_permissions::of_role(tx, name).await?;
    let others = before.into_iter().filter(|(one, origin)| *origin != built_in && !defined.contains(one.as_str()));
    let mut withdrawn: Vec<String> = others.map(|(one, _)| one).collect();
    if withdrawn.iter().any(|one| one == ROLES_MANAGE) && is_last_managing_role(tx, name).await? {
        tracing::warn!(role = %name, "the role keeps roles.manage: no other active account may manage roles");
        withdrawn.retain(|one| one != ROLES_MANAGE);
    }
    if withdrawn.is_empty() {
        return Ok(());
    }
    tracing::info!(audit = true, role = %name, permissions = withdrawn.join(" "), "permissions withdrawn by the file");
    role_permissions::delete(tx, name, withdrawn).await?;
    cut_off_holders(tx, name, at).await
}

/// Hands roles that no file defines any more over to administrators, as they are.
async fn release_roles(tx: &DatabaseTransaction, definitions: &RoleDefinitions) -> Result<(), DbErr> {
    role::Entity::update_many()
        .col_expr(role::Column::System, Expr::value(false))
        .filter(role::Column::System.eq(true))
        .filter(role::Column::Name.is_not_in(definitions.roles.keys().map(RoleName::as_str)))
        .exec(tx)
        .await
        .map(drop)
}

/// Deletes permissions that no file declares any more and no role has.
async fn forget_permissions(tx: &DatabaseTransaction, definitions: &RoleDefinitions) -> Result<(), DbErr> {
    let used = Query::select().column(role_permission::Column::Permission).from(role_permission::Entity).take();
    permission::Entity::delete_many()
        .filter(permission::Column::Name.is_not_in(definitions.permissions.keys().map(PermissionName::as_str)))
        .filter(permission::Column::Name.not_in_subquery(used))
        .exec(tx)
        .await
        .map(drop)
}
