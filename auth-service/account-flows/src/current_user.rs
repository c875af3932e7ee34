//! The account of a key, in its current cell, with its roles.

use account_storage::{RoleSnapshot, Store};
use accounts::{Cell, User, UserKey, UserStatus};
use contracts::ids::UserId;
use service_kit::database::DatabaseError;

/// An account and its roles.
#[derive(Debug, Clone)]
pub struct CurrentUser {
    /// The account.
    pub user: User,
    /// Its roles in alphabetical order.
    pub roles: Vec<String>,
    /// The version of its access tokens.
    pub token_version: i64,
}

/// Reads the account, also when it has moved to another cell since the key was issued.
///
/// The token version is read before the account: a token never has the version after a cut-off and the state before it.
///
/// # Errors
/// When the database is unavailable.
pub async fn find_current_user(store: &Store, key: UserKey) -> Result<Option<CurrentUser>, DatabaseError> {
    let RoleSnapshot { roles, token_version } = store.find_role_snapshot(key.id).await?;
    let Some(user) = find_anywhere(store, key).await? else { return Ok(None) };
    Ok(Some(CurrentUser { user, roles, token_version }))
}

/// The active account with this id.
pub(super) async fn find_active_user(store: &Store, id: UserId) -> Result<Option<CurrentUser>, DatabaseError> {
    let current = find_current_user(store, UserKey { id, cell: Cell::UNPLACED }).await?;
    Ok(current.filter(|current| current.user.status == UserStatus::Active))
}

/// Maximum number of moves to follow: the account would have to move between two statements each time.
const MAX_MOVES: u32 = 4;

/// Reads the account itself. When it is not in the cell of the key, the directory is consulted, as long as its entry
/// changes.
pub(super) async fn find_anywhere(store: &Store, mut key: UserKey) -> Result<Option<User>, DatabaseError> {
    for _ in 0..=MAX_MOVES {
        if let Some(user) = store.find_user(key).await? {
            return Ok(Some(user));
        }
        match store.find_user_key(key.id).await? {
            Some(moved) if moved != key => key = moved,
            _ => return Ok(None),
        }
    }
    Ok(None)
}
