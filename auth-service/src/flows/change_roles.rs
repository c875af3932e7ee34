//! Assigning and revoking roles.

use contracts::ids::UserId;

use crate::domain::RoleName;
use crate::state::AppState;
use crate::storage::ChangeRoleError;

/// Assigns a role on behalf of administrator `by`. It takes effect with the next access token.
///
/// # Errors
/// [`ChangeRoleError`].
pub async fn assign_role(state: &AppState, by: UserId, user: UserId, role: &RoleName) -> Result<(), ChangeRoleError> {
    state.store.assign_role(user, role).await?;
    tracing::info!(audit = true, admin.id = %by, user.id = %user, %role, "role given");
    Ok(())
}

/// Revokes a role on behalf of administrator `by`, and with it all access tokens that may carry it.
///
/// # Errors
/// [`ChangeRoleError`].
pub async fn revoke_role(state: &AppState, by: UserId, user: UserId, role: &RoleName) -> Result<(), ChangeRoleError> {
    if let Some(cutoff) = state.store.revoke_role(user, role, state.now()).await? {
        state.revocations.cut_off(cutoff);
        tracing::info!(audit = true, admin.id = %by, user.id = %user, %role, "role taken");
    }
    Ok(())
}
