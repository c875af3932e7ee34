//! Role assignments.

use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect};
use service_kit::database::DatabaseError;
use token_verifier::Cutoff;

use super::cutoffs::cut_off;
use super::entities::{role, user_role};
use super::store::Store;
use super::users::{by_id, is_active};
use crate::domain::RoleName;

/// Reasons why a role was not assigned or revoked; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRoleError {
    /// There is no such user.
    #[error("there is no such user")]
    NoSuchUser,
    /// There is no such role.
    #[error("there is no such role")]
    NoSuchRole,
    /// The user is the last administrator.
    #[error("the last administrator keeps the role")]
    LastAdmin,
    /// SQL failed.
    #[error("the role could not be changed")]
    Storage(#[from] DatabaseError),
}

impl Store {
    /// The roles of a user in alphabetical order.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_roles_of(&self, id: UserId) -> Result<Vec<String>, DatabaseError> {
        let query = user_role::Entity::find()
            .select_only()
            .column(user_role::Column::Role)
            .filter(user_role::Column::UserId.eq(id.0))
            .into_tuple::<String>();
        let mut names = query.all(&self.db).await?;
        names.sort_unstable(); // here, not in SQL: the databases sort by different collations
        Ok(names)
    }

    /// `true` when at least one user has this role.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn is_role_held(&self, name: &RoleName) -> Result<bool, DatabaseError> {
        let query = user_role::Entity::find().filter(user_role::Column::Role.eq(name.as_str()));
        Ok(query.one(&self.db).await?.is_some())
    }

    /// Assigns a role to a user, who may have it already.
    ///
    /// # Errors
    /// [`ChangeRoleError`].
    pub async fn assign_role(&self, id: UserId, name: &RoleName) -> Result<(), ChangeRoleError> {
        self.write(async |tx| {
            if !user_exists(tx, id).await? {
                return Ok(Err(ChangeRoleError::NoSuchUser));
            }
            if !lock_role(tx, name).await? {
                return Ok(Err(ChangeRoleError::NoSuchRole));
            }
            let row = user_role::ActiveModel { user_id: Set(id.0), role: Set(name.as_str().to_owned()) };
            let known =
                OnConflict::columns([user_role::Column::UserId, user_role::Column::Role]).do_nothing().to_owned();
            user_role::Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
            Ok(Ok(()))
        })
        .await?
    }

    /// Revokes a role from a user and cuts off the access tokens that carry it. The last administrator keeps the role:
    /// concurrent revocations of one role serialise on the role's row. `None` when the user does not have the role.
    ///
    /// # Errors
    /// [`ChangeRoleError`].
    pub async fn revoke_role(
        &self,
        id: UserId,
        name: &RoleName,
        at: DateTime<Utc>,
    ) -> Result<Option<Cutoff>, ChangeRoleError> {
        self.write(async |tx| {
            if !user_exists(tx, id).await? {
                return Ok(Err(ChangeRoleError::NoSuchUser));
            }
            if !lock_role(tx, name).await? {
                return Ok(Err(ChangeRoleError::NoSuchRole));
            }
            let assigned = user_role::Entity::find_by_id((id.0, name.as_str().to_owned())).one(tx).await?.is_some();
            if !assigned {
                return Ok(Ok(None));
            }
            if name.is_admin() && !has_other_active_holder(tx, id, name).await? {
                return Ok(Err(ChangeRoleError::LastAdmin));
            }
            user_role::Entity::delete_by_id((id.0, name.as_str().to_owned())).exec(tx).await?;
            Ok(Ok(Some(cut_off(tx, id, at).await?)))
        })
        .await?
    }
}

async fn user_exists(tx: &DatabaseTransaction, id: UserId) -> Result<bool, DbErr> {
    Ok(by_id(id).one(tx).await?.is_some())
}

/// `true` when the role exists. Locks its row until the end of the transaction; SQLite has one writer at a time, and
/// the clause is left out.
async fn lock_role(tx: &DatabaseTransaction, name: &RoleName) -> Result<bool, DbErr> {
    let query = role::Entity::find_by_id(name.as_str().to_owned()).lock_exclusive();
    Ok(query.one(tx).await?.is_some())
}

/// `true` when the user has this role and no one else who has it can sign in. Locks the role's row until the end of the
/// transaction.
pub(super) async fn is_last_admin(tx: &DatabaseTransaction, id: UserId, name: &RoleName) -> Result<bool, DbErr> {
    let assigned = user_role::Entity::find_by_id((id.0, name.as_str().to_owned())).one(tx).await?.is_some();
    Ok(assigned && lock_role(tx, name).await? && !has_other_active_holder(tx, id, name).await?)
}

/// `true` when another user with this role is not disabled. The lock on the role's row serialises callers.
async fn has_other_active_holder(tx: &DatabaseTransaction, id: UserId, name: &RoleName) -> Result<bool, DbErr> {
    let query = user_role::Entity::find()
        .select_only()
        .column(user_role::Column::UserId)
        .filter(user_role::Column::Role.eq(name.as_str()))
        .filter(user_role::Column::UserId.ne(id.0))
        .into_tuple::<uuid::Uuid>();
    for holder in query.all(tx).await? {
        if is_active(tx, UserId(holder)).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
