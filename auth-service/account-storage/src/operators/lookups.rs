//! Searches for accounts and looks at them, recorded like every act.

use accounts::{
    AuditAction, AuditContext, AuditEvent, AuditOutcome, Cell, Email, PresentedLogin, RoleName, User, UserKey,
    UserStatus,
};
use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use service_kit::database::DatabaseError;
use uuid::Uuid;

use super::{OperatorActError, Rejection};
use crate::audit_events;
use crate::entities::user_role;
use crate::store::Store;
use crate::users::{by_id, by_key, login_owners, user_from};

/// Maximum number of accounts that one login names.
pub const MAX_LOGIN_OWNERS: usize = 3;

/// Search for accounts. There is none by name: it would have to scan every partition.
#[derive(Debug, Clone)]
pub enum UserSearch {
    /// The accounts that sign in by this login, at most three: an address is that of one account, and may be
    /// the former spelling of others.
    Login(PresentedLogin),
    /// Holders of a role, in the order of their ids.
    Role {
        /// The role.
        role: RoleName,
        /// Only ids after this one.
        after: Option<UserId>,
        /// Maximum number.
        limit: u64,
    },
}

/// A found account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundUser {
    /// The account.
    pub id: UserId,
    /// The login e-mail, if it has one.
    pub email: Option<Email>,
    /// Display name; may be empty.
    pub display_name: String,
    /// Status.
    pub status: UserStatus,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

impl Store {
    /// Searches for accounts. The search is recorded in the same transaction, for a login with an event for each account,
    /// without the login that was searched for.
    ///
    /// # Errors
    /// When the database is unavailable; then nothing was read.
    pub async fn find_users(
        &self,
        search: &UserSearch,
        context: &AuditContext,
    ) -> Result<Vec<FoundUser>, DatabaseError> {
        self.write(async |tx| {
            let (found, subject) = match search {
                UserSearch::Login(login) => (list_owners(tx, login).await?, ""),
                UserSearch::Role { role, after, limit } => {
                    (list_holders(tx, role, *after, *limit).await?, role.as_str())
                }
            };
            let about: Vec<Option<UserId>> = match search {
                UserSearch::Login(_) if !found.is_empty() => found.iter().map(|user| Some(user.id)).collect(),
                _ => vec![None],
            };
            let (action, none) = (AuditAction::FindUsers, found.is_empty());
            let outcome = if none { AuditOutcome::Unchanged } else { AuditOutcome::Done };
            for user_id in about {
                audit_events::insert(tx, &AuditEvent { context, action, user_id, subject, outcome }).await?;
            }
            Ok(found)
        })
        .await
    }

    /// The account, for an operator. The look is recorded in the same transaction.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn get_user(&self, id: UserId, context: &AuditContext) -> Result<User, OperatorActError> {
        self.write(async |tx| {
            let user = find(tx, id).await?.ok_or(OperatorActError::NoSuchUser);
            let outcome = user.as_ref().map_or_else(Rejection::outcome, |_| Some(AuditOutcome::Done));
            if let Some(outcome) = outcome {
                let (action, user_id) = (AuditAction::GetUser, Some(id));
                audit_events::insert(tx, &AuditEvent { context, action, user_id, subject: "", outcome }).await?;
            }
            Ok(user)
        })
        .await?
    }
}

/// The account, without a lock.
pub(super) async fn find(tx: &DatabaseTransaction, id: UserId) -> Result<Option<User>, DbErr> {
    let Some(row) = by_id(id).one(tx).await? else { return Ok(None) };
    Ok(by_key(UserKey { id, cell: Cell::new(row.cell) }).one(tx).await?.map(user_from))
}

async fn list_owners(tx: &DatabaseTransaction, login: &PresentedLogin) -> Result<Vec<FoundUser>, DbErr> {
    let mut owners = Vec::new();
    for key in login_owners(tx, login).await? {
        owners.extend(find(tx, key.id).await?.map(found));
    }
    Ok(owners)
}

async fn list_holders(
    tx: &DatabaseTransaction,
    role: &RoleName,
    after: Option<UserId>,
    limit: u64,
) -> Result<Vec<FoundUser>, DbErr> {
    let query = user_role::Entity::find()
        .select_only()
        .column(user_role::Column::UserId)
        .filter(user_role::Column::Role.eq(role.as_str()))
        .filter(user_role::Column::UserId.gt(after.map_or(Uuid::nil(), |id| id.0)))
        .order_by_asc(user_role::Column::UserId)
        .limit(limit)
        .into_tuple::<Uuid>();
    let mut holders = Vec::new();
    for id in query.all(tx).await? {
        holders.extend(find(tx, UserId(id)).await?.map(found));
    }
    Ok(holders)
}

fn found(user: User) -> FoundUser {
    FoundUser {
        id: user.key.id,
        email: user.email,
        display_name: user.display_name,
        status: user.status,
        created_at: user.created_at,
    }
}
