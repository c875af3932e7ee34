//! Role assignments.

use accounts::{AuditAction, AuditContext, AuditOutcome, MAX_ROLES_OF_USER, Role, RoleName};
use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::sea_query::{Expr, Query, UnionType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait,
    QueryFilter, QuerySelect,
};
use service_kit::database::DatabaseError;
use token_verifier::Cutoff;

use super::addresses::find_user;
use super::cutoffs::cut_off;
use super::entities::{role, token_cutoff, user_role};
use super::operators::Rejection;
use super::outbox::{MailDraft, enqueue_to_owner};
use super::role_audit::{RoleAct, record};
use super::role_definitions::find;
use super::role_lock::{is_last_assignment, lock_roles};
use super::role_permissions::roles_from;
use super::store::Store;
use super::users::{by_email, by_id, lock};

/// Reasons why a role was not assigned or revoked; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRoleError {
    /// There is no such user.
    #[error("there is no such user")]
    NoSuchUser,
    /// There is no such role.
    #[error("there is no such role")]
    NoSuchRole,
    /// The user has no proved e-mail: a role would belong to any claimant of the address.
    #[error("the e-mail of the user is not proved")]
    EmailUnproved,
    /// The user has [`MAX_ROLES_OF_USER`] roles.
    #[error("the user has too many roles")]
    TooMany,
    /// No active administrator would be left.
    #[error("no administrator would be left")]
    LastAdmin,
    /// SQL failed.
    #[error("the role could not be changed")]
    Storage(#[from] DatabaseError),
}

impl Rejection for ChangeRoleError {
    fn outcome(&self) -> Option<AuditOutcome> {
        match self {
            Self::NoSuchUser => Some(AuditOutcome::UserNotFound),
            Self::NoSuchRole => Some(AuditOutcome::RoleNotFound),
            Self::EmailUnproved => Some(AuditOutcome::EmailUnproved),
            Self::TooMany => Some(AuditOutcome::TooManyRoles),
            Self::LastAdmin => Some(AuditOutcome::LastAdmin),
            Self::Storage(_) => None,
        }
    }
}

/// Roles and version of the access tokens of a user, as of one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleSnapshot {
    /// The roles in alphabetical order.
    pub roles: Vec<String>,
    /// Version of new access tokens; 0 without a cut-off.
    pub token_version: i64,
}

impl Store {
    /// The roles of a user and the version of its new access tokens, in one statement: a role that is revoked is never
    /// read together with the version after the cut-off.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_role_snapshot(&self, id: UserId) -> Result<RoleSnapshot, DatabaseError> {
        let mut roles = Query::select();
        roles
            .expr(Expr::cust("NULL"))
            .column(user_role::Column::Role)
            .from(user_role::Entity)
            .and_where(user_role::Column::UserId.eq(id.0));
        let mut select = Query::select();
        select
            .column(token_cutoff::Column::Version)
            .expr_as(Expr::cust("NULL"), user_role::Column::Role)
            .from(token_cutoff::Entity)
            .and_where(token_cutoff::Column::UserId.eq(id.0))
            .union(UnionType::All, roles);
        let mut snapshot = RoleSnapshot::default();
        for row in self.db.query_all(&select).await? {
            if let Some(version) = row.try_get_by_index::<Option<i64>>(0)? {
                snapshot.token_version = version;
            }
            snapshot.roles.extend(row.try_get_by_index::<Option<String>>(1)?);
        }
        snapshot.roles.sort_unstable(); // here, not in SQL: the databases sort by different collations
        Ok(snapshot)
    }

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

    /// Roles of a user in alphabetical order, with their permissions; `None` for an unknown user. The look is recorded.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn list_user_roles(
        &self,
        id: UserId,
        context: &AuditContext,
    ) -> Result<Option<Vec<Role>>, DatabaseError> {
        self.write(async |tx| {
            let roles = list_of_user(tx, id).await?;
            let found = roles.as_ref().ok_or(ChangeRoleError::NoSuchUser);
            let act = RoleAct { context, action: AuditAction::ListUserRoles, user: Some(id), role: None };
            record(tx, act, &found, |_| true).await?;
            Ok(roles)
        })
        .await
    }

    /// Assigns a role to a user with a proved e-mail, and mails the user. `false` when the user had it.
    ///
    /// # Errors
    /// [`ChangeRoleError`].
    pub async fn assign_role(
        &self,
        id: UserId,
        name: &RoleName,
        context: &AuditContext,
        mail: Option<&MailDraft>,
    ) -> Result<bool, ChangeRoleError> {
        self.write(async |tx| {
            let result = assign(tx, id, name).await?;
            let act = RoleAct { context, action: AuditAction::AssignRole, user: Some(id), role: Some(name) };
            record(tx, act, &result, |changed| *changed).await?;
            if let Ok(true) = result {
                mail_holder(tx, id, mail).await?;
            }
            Ok(result)
        })
        .await?
    }

    /// Revokes a role from a user, mails the user, and cuts off the access tokens that carry it, unless no active
    /// administrator would be left. `None` when the user does not have the role.
    ///
    /// # Errors
    /// [`ChangeRoleError`].
    pub async fn revoke_role(
        &self,
        id: UserId,
        name: &RoleName,
        context: &AuditContext,
        mail: Option<&MailDraft>,
    ) -> Result<Option<Cutoff>, ChangeRoleError> {
        self.write(async |tx| {
            let result = revoke(tx, id, name, context.at).await?;
            let act = RoleAct { context, action: AuditAction::RevokeRole, user: Some(id), role: Some(name) };
            record(tx, act, &result, Option::is_some).await?;
            if let Ok(Some(_)) = result {
                mail_holder(tx, id, mail).await?;
            }
            Ok(result)
        })
        .await?
    }
}

async fn list_of_user(tx: &DatabaseTransaction, id: UserId) -> Result<Option<Vec<Role>>, DbErr> {
    if by_id(id).one(tx).await?.is_none() {
        return Ok(None);
    }
    let names = user_role::Entity::find().filter(user_role::Column::UserId.eq(id.0)).all(tx).await?;
    let names = names.into_iter().map(|row| row.role);
    let rows = role::Entity::find().filter(role::Column::Name.is_in(names)).all(tx).await?;
    let mut roles = roles_from(tx, rows).await?;
    roles.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(Some(roles))
}

async fn assign(tx: &DatabaseTransaction, id: UserId, name: &RoleName) -> Result<Result<bool, ChangeRoleError>, DbErr> {
    lock_roles(tx).await?;
    // Without the lock a deletion of the account might not see the new assignment.
    if lock(tx, id).await?.is_none() {
        return Ok(Err(ChangeRoleError::NoSuchUser));
    }
    if find(tx, name).await?.is_none() {
        return Ok(Err(ChangeRoleError::NoSuchRole));
    }
    if is_assigned(tx, id, name).await? {
        return Ok(Ok(false));
    }
    if !is_email_proved(tx, id).await? {
        return Ok(Err(ChangeRoleError::EmailUnproved));
    }
    let held = user_role::Entity::find().filter(user_role::Column::UserId.eq(id.0)).count(tx).await?;
    if held >= MAX_ROLES_OF_USER {
        return Ok(Err(ChangeRoleError::TooMany));
    }
    let row = user_role::ActiveModel { user_id: Set(id.0), role: Set(name.as_str().to_owned()) };
    user_role::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(Ok(true))
}

/// `true` when the account has a login e-mail that is proved.
async fn is_email_proved(tx: &DatabaseTransaction, id: UserId) -> Result<bool, DbErr> {
    // By the address, which names the partition: a search by the user would visit all of them.
    let Some(email) = find_user(tx, id).await?.and_then(|user| user.email) else { return Ok(false) };
    Ok(by_email(&email).one(tx).await?.is_some_and(|login| login.user_id == id.0 && login.proved_at.is_some()))
}

async fn revoke(
    tx: &DatabaseTransaction,
    id: UserId,
    name: &RoleName,
    at: DateTime<Utc>,
) -> Result<Result<Option<Cutoff>, ChangeRoleError>, DbErr> {
    lock_roles(tx).await?;
    if by_id(id).one(tx).await?.is_none() {
        return Ok(Err(ChangeRoleError::NoSuchUser));
    }
    if find(tx, name).await?.is_none() {
        return Ok(Err(ChangeRoleError::NoSuchRole));
    }
    if !is_assigned(tx, id, name).await? {
        return Ok(Ok(None));
    }
    if is_last_assignment(tx, id, name).await? {
        return Ok(Err(ChangeRoleError::LastAdmin));
    }
    user_role::Entity::delete_by_id((id.0, name.as_str().to_owned())).exec(tx).await?;
    Ok(Ok(Some(cut_off(tx, id, at).await?)))
}

/// Mails the user about a change of roles. The last statement of its transaction.
async fn mail_holder(tx: &DatabaseTransaction, id: UserId, mail: Option<&MailDraft>) -> Result<(), DbErr> {
    let email = find_user(tx, id).await?.and_then(|user| user.email);
    enqueue_to_owner(tx, email.as_ref(), mail).await
}

async fn is_assigned(tx: &DatabaseTransaction, id: UserId, name: &RoleName) -> Result<bool, DbErr> {
    Ok(user_role::Entity::find_by_id((id.0, name.as_str().to_owned())).one(tx).await?.is_some())
}
