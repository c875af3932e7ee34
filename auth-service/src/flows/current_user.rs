//! The account behind a key, wherever it lives by now, with its roles.

use crate::domain::{User, UserKey};
use crate::storage::{StorageError, Store};

/// An account and its roles.
#[derive(Debug, Clone)]
pub struct CurrentUser {
    /// The account.
    pub user: User,
    /// Its roles in alphabetical order.
    pub roles: Vec<String>,
    /// The version that its access tokens carry.
    pub token_version: i64,
}

/// Reads the account, following it when it has moved to another cell since the key was made.
///
/// The token version is read before the roles. The other way round a token could carry a role that was taken in
/// between together with the version from after the cut-off, and would work until it expires.
///
/// # Errors
/// When the database is away.
pub async fn find_current_user(store: &Store, key: UserKey) -> Result<Option<CurrentUser>, StorageError> {
    let token_version = store.find_token_version(key.id).await?;
    let Some(user) = find_anywhere(store, key).await? else { return Ok(None) };
    let roles = store.list_roles_of(key.id).await?;
    Ok(Some(CurrentUser { user, roles, token_version }))
}

/// How often an account is followed: it would have to move again between two statements each time.
const MAX_MOVES: u32 = 4;

/// Reads the account itself. Who is not in the cell of the key is looked for where the directory says, as long as that
/// changes.
pub(super) async fn find_anywhere(store: &Store, mut key: UserKey) -> Result<Option<User>, StorageError> {
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
