//! The lock of roles, and the rule that some active user can always manage them.
//!
//! Every transaction that changes a role, its permissions or its holders locks the row of `role_revision` before the
//! rows of accounts. So does every one that disables or deletes an account: it may be the last administrator's.
//! *Administrators* are the holders of `roles.manage`, whichever role gives it to them. Only those who can sign in
//! count.

use accounts::{RoleName, UserStatus};
use contracts::auth::permissions::ROLES_MANAGE;
use contracts::ids::UserId;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use service_kit::database::DatabaseError;
use uuid::Uuid;

use super::addresses::{find_user, has_identity};
use super::entities::{role_permission, role_revision, user_role};
use super::store::Store;

/// `role_revision.id` of the only row.
const ROW: i16 = 1;
/// Number of administrators that are read at once.
const PAGE: u64 = 64;

impl Store {
    /// `true` when an account may manage roles.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn has_admin(&self) -> Result<bool, DatabaseError> {
        let query = user_role::Entity::find().filter(user_role::Column::Role.in_subquery(managing_roles())).limit(1);
        Ok(query.one(&self.db).await?.is_some())
    }

    /// Revision of roles and their permissions.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_role_revision(&self) -> Result<i64, DatabaseError> {
        Ok(revision(&self.db).await?)
    }
}

/// Locks roles and their assignments until the end of the transaction; no effect when they are locked already.
pub(super) async fn lock_roles(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    role_revision::Entity::find_by_id(ROW).lock_exclusive().one(tx).await.map(drop)
}

/// Revision of roles and their permissions; 1 is the first.
pub(super) async fn revision(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    Ok(role_revision::Entity::find_by_id(ROW).one(db).await?.map_or(1, |row| row.revision))
}

/// Records that roles or their permissions have changed, for replicas that hold them in memory.
pub(super) async fn advance_revision(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    role_revision::Entity::update_many()
        .col_expr(role_revision::Column::Revision, Expr::col(role_revision::Column::Revision).add(1_i64))
        .filter(role_revision::Column::Id.eq(ROW))
        .exec(tx)
        .await
        .map(drop)
}

/// `true` when this user is an administrator and no other one can sign in. Locks roles: callers that lock rows of accounts
/// too call [`lock_roles`] before that.
pub(super) async fn is_last_admin(tx: &DatabaseTransaction, id: UserId) -> Result<bool, DbErr> {
    lock_roles(tx).await?;
    let held = user_role::Entity::find()
        .filter(user_role::Column::UserId.eq(id.0))
        .filter(user_role::Column::Role.in_subquery(managing_roles()))
        .limit(1);
    Ok(held.one(tx).await?.is_some() && !has_active_admin(tx, user_role::Column::UserId.ne(id.0).into()).await?)
}

/// `true` when the role gives `roles.manage`, and without it no active administrator would be left.
pub(super) async fn is_last_managing_role(tx: &DatabaseTransaction, name: &RoleName) -> Result<bool, DbErr> {
    let others = user_role::Column::Role.ne(name.as_str());
    Ok(is_managing(tx, name).await? && !has_active_admin(tx, others.into()).await?)
}

/// `true` when the role gives `roles.manage`, and without it in the hands of this user no active administrator would be
/// left.
pub(super) async fn is_last_assignment(tx: &DatabaseTransaction, id: UserId, name: &RoleName) -> Result<bool, DbErr> {
    let others =
        Condition::any().add(user_role::Column::UserId.ne(id.0)).add(user_role::Column::Role.ne(name.as_str()));
    Ok(is_managing(tx, name).await? && !has_active_admin(tx, others).await?)
}

async fn is_managing(tx: &DatabaseTransaction, name: &RoleName) -> Result<bool, DbErr> {
    let row = role_permission::Entity::find_by_id((name.as_str().to_owned(), ROLES_MANAGE.to_owned()));
    Ok(row.one(tx).await?.is_some())
}

/// Roles that give `roles.manage`.
fn managing_roles() -> SelectStatement {
    Query::select()
        .column(role_permission::Column::Role)
        .from(role_permission::Entity)
        .and_where(role_permission::Column::Permission.eq(ROLES_MANAGE))
        .take()
}

/// `true` when one of these assignments makes a user who can sign in an administrator. Usually the first one does.
async fn has_active_admin(tx: &DatabaseTransaction, assignments: Condition) -> Result<bool, DbErr> {
    let mut after = Uuid::nil();
    loop {
        let query = user_role::Entity::find()
            .select_only()
            .column(user_role::Column::UserId)
            .distinct()
            .filter(user_role::Column::Role.in_subquery(managing_roles()))
            .filter(assignments.clone())
            .filter(user_role::Column::UserId.gt(after))
            .order_by_asc(user_role::Column::UserId)
            .limit(PAGE)
            .into_tuple::<Uuid>();
        let holders = query.all(tx).await?;
        for holder in &holders {
            if can_sign_in(tx, UserId(*holder)).await? {
                return Ok(true);
            }
        }
        match holders.last() {
            Some(last) if holders.len() as u64 == PAGE => after = *last,
            _ => return Ok(false),
        }
    }
}

/// `true` when the account is not disabled and has a sign-in method: an e-mail, which also resets the password, or an
/// identity. Reads without a lock.
async fn can_sign_in(tx: &DatabaseTransaction, id: UserId) -> Result<bool, DbErr> {
    let Some(user) = find_user(tx, id).await? else { return Ok(false) };
    Ok(user.status == UserStatus::Active && (user.email.is_some() || has_identity(tx, id).await?))
}
