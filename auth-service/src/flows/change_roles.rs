//! Assigning and revoking roles.

use contracts::ids::UserId;

use crate::domain::RoleName;
use crate::state::AppState;
use crate::storage::{AssignOutcome, RevokeOutcome, StorageError};

/// Reasons why a role was not changed.
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
    Storage(#[from] StorageError),
}

/// Assigns a role on behalf of administrator `by`. It takes effect with the next access token.
///
/// # Errors
/// [`ChangeRoleError`].
pub async fn assign_role(state: &AppState, by: UserId, user: UserId, role: &RoleName) -> Result<(), ChangeRoleError> {
    match state.store.assign_role(user, role).await? {
        AssignOutcome::Assigned => {
            tracing::info!(audit = true, admin.id = %by, user.id = %user, %role, "role given");
            Ok(())
        }
        AssignOutcome::NoSuchUser => Err(ChangeRoleError::NoSuchUser),
        AssignOutcome::NoSuchRole => Err(ChangeRoleError::NoSuchRole),
    }
}

/// Revokes a role on behalf of administrator `by`, and with it all access tokens that may carry it.
///
/// # Errors
/// [`ChangeRoleError`].
pub async fn revoke_role(state: &AppState, by: UserId, user: UserId, role: &RoleName) -> Result<(), ChangeRoleError> {
    match state.store.revoke_role(user, role, state.now()).await? {
        RevokeOutcome::Revoked(cutoff) => {
            state.revocations.cut_off(cutoff);
            tracing::info!(audit = true, admin.id = %by, user.id = %user, %role, "role taken");
            Ok(())
        }
        RevokeOutcome::NotAssigned => Ok(()),
        RevokeOutcome::NoSuchUser => Err(ChangeRoleError::NoSuchUser),
        RevokeOutcome::NoSuchRole => Err(ChangeRoleError::NoSuchRole),
        RevokeOutcome::LastAdmin => Err(ChangeRoleError::LastAdmin),
    }
}
