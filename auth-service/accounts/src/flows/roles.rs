//! Assigning and revoking roles.

use std::sync::Arc;

use contracts::ids::UserId;
use service_kit::Clock;
use token_verifier::Revocations;

use crate::domain::RoleName;
use crate::storage::{ChangeRoleError, Store};

/// Roles of all users.
pub struct Roles {
    /// SQL.
    pub(super) store: Store,
    /// Access tokens revoked before they expire.
    pub(super) revocations: Arc<Revocations>,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}

impl Roles {
    /// Assigns a role on behalf of administrator `by`. It takes effect with the next access token.
    ///
    /// # Errors
    /// [`ChangeRoleError`].
    pub async fn assign(&self, by: UserId, user: UserId, role: &RoleName) -> Result<(), ChangeRoleError> {
        self.store.assign_role(user, role).await?;
        tracing::info!(audit = true, admin.id = %by, user.id = %user, %role, "role given");
        Ok(())
    }

    /// Revokes a role on behalf of administrator `by`, and with it all access tokens that may carry it.
    ///
    /// # Errors
    /// [`ChangeRoleError`].
    pub async fn revoke(&self, by: UserId, user: UserId, role: &RoleName) -> Result<(), ChangeRoleError> {
        if let Some(cutoff) = self.store.revoke_role(user, role, self.clock.now()).await? {
            self.revocations.cut_off(cutoff);
            tracing::info!(audit = true, admin.id = %by, user.id = %user, %role, "role taken");
        }
        Ok(())
    }
}
