//! The account of a key, in its current cell, with its roles.

use account_storage::Store;
use accounts::{User, UserKey};
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
/// The token version is read before the roles. In the other order a token could carry a role revoked in between
/// together with the version after the cut-off, and would be valid until it expires.
///
/// # Errors
/// When the database is unavailable.
pub async fn find_current_user(store: &Store, key: UserKey) -> Result<Option<CurrentUser>, DatabaseError> {
    let token_version = store.find_token_version(key.id).await?;
    let Some(user) = find_anywhere(store, key).await? else { return Ok(None) };
    let roles = store.list_roles_of(key.id).await?;
    Ok(Some(CurrentUser { user, roles, token_version }))
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
