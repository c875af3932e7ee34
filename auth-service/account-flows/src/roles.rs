//! Roles and permissions: defined, assigned and checked.

use std::collections::BTreeSet;
use std::sync::Arc;

use account_storage::{ChangeRoleError, DefineRoleError, Store};
use accounts::{AuditContext, PermissionName, Role, RoleChange, RoleName};
use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use mailer::OperatorAct;
use outbox::Outbox;
use service_kit::database::DatabaseError;
use token_verifier::Revocations;

use super::administrators::actor;
use super::caches::{SharedRoleMap, read_changed_roles};
use super::notify_owner::operator_mail;

/// Roles of all users.
pub struct Roles {
    /// SQL.
    pub(super) store: Store,
    /// Access tokens revoked before they expire.
    pub(super) revocations: Arc<Revocations>,
    /// Permissions of all roles.
    pub(super) role_map: SharedRoleMap,
    /// Mails to users.
    pub(super) outbox: Outbox,
}

/// Permissions of roles have not been read since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("permissions of roles have not been read yet")]
pub struct RolesNotRead;

impl Roles {
    /// What these roles allow now, in alphabetical order. Needs no SQL.
    ///
    /// # Errors
    /// [`RolesNotRead`].
    pub fn permissions_of(&self, roles: &[String]) -> Result<Vec<String>, RolesNotRead> {
        let role_map = self.role_map.load();
        role_map.is_loaded().then(|| role_map.permissions_of(roles)).ok_or(RolesNotRead)
    }

    /// `true` when one of these roles has the permission now; `None` when the installation does not have it. Needs no
    /// SQL.
    ///
    /// # Errors
    /// [`RolesNotRead`].
    pub fn allow(&self, roles: &[String], permission: &str) -> Result<Option<bool>, RolesNotRead> {
        let role_map = self.role_map.load();
        if !role_map.is_loaded() {
            return Err(RolesNotRead);
        }
        Ok(role_map.has_permission(permission).then(|| role_map.allows(roles, permission)))
    }

    /// Assigns a role to a user with a proved e-mail, who is mailed. It takes effect with the next access token. `false`
    /// when the user had it.
    ///
    /// # Errors
    /// [`ChangeRoleError`].
    pub async fn assign(&self, user: UserId, role: &RoleName, context: &AuditContext) -> Result<bool, ChangeRoleError> {
        let mail = operator_mail(&self.outbox, OperatorAct::RolesChanged);
        let changed = self.store.assign_role(user, role, context, Some(&mail)).await?;
        if changed {
            self.outbox.wake();
            tracing::info!(audit = true, admin.id = actor(context), user.id = %user, %role, "role given");
        }
        Ok(changed)
    }

    /// Revokes a role from a user, who is mailed, and with it all access tokens that may carry it. `false` when the user
    /// did not have it.
    ///
    /// # Errors
    /// [`ChangeRoleError`].
    pub async fn revoke(&self, user: UserId, role: &RoleName, context: &AuditContext) -> Result<bool, ChangeRoleError> {
        let mail = operator_mail(&self.outbox, OperatorAct::RolesChanged);
        let cutoff = self.store.revoke_role(user, role, context, Some(&mail)).await?;
        if let Some(cutoff) = cutoff {
            self.revocations.cut_off(cutoff);
            self.outbox.wake();
            tracing::info!(audit = true, admin.id = actor(context), user.id = %user, %role, "role taken");
        }
        Ok(cutoff.is_some())
    }

    /// Creates a role.
    ///
    /// # Errors
    /// [`DefineRoleError`].
    pub async fn create(
        &self,
        name: &RoleName,
        description: &str,
        permissions: &BTreeSet<PermissionName>,
        context: &AuditContext,
    ) -> Result<Role, DefineRoleError> {
        let role = self.store.create_role(name, description, permissions, context).await?;
        tracing::info!(audit = true, admin.id = actor(context), role = %name, "role created");
        self.read_changes(None).await;
        Ok(role)
    }

    /// Changes a role. Other permissions end the access tokens of all holders, here at once and on other replicas within
    /// about a second.
    ///
    /// # Errors
    /// [`DefineRoleError`].
    pub async fn update(
        &self,
        name: &RoleName,
        change: &RoleChange,
        context: &AuditContext,
    ) -> Result<Role, DefineRoleError> {
        let role = self.store.update_role(name, change, context).await?;
        tracing::info!(audit = true, admin.id = actor(context), role = %name, "role changed");
        self.read_changes(Some(context.at)).await;
        Ok(role)
    }

    /// Deletes a role, with the same effect on its holders.
    ///
    /// # Errors
    /// [`DefineRoleError`].
    pub async fn delete(&self, name: &RoleName, context: &AuditContext) -> Result<(), DefineRoleError> {
        self.store.delete_role(name, context).await?;
        tracing::info!(audit = true, admin.id = actor(context), role = %name, "role deleted");
        self.read_changes(Some(context.at)).await;
        Ok(())
    }

    /// Reads what was just written: roles, and cut-offs made at `cutoffs_at` or later. When it fails, the next poll does
    /// the same.
    async fn read_changes(&self, cutoffs_at: Option<DateTime<Utc>>) {
        if let Err(error) = self.try_read_changes(cutoffs_at).await {
            tracing::debug!(%error, "changed roles cannot be read yet");
        }
    }

    async fn try_read_changes(&self, cutoffs_at: Option<DateTime<Utc>>) -> Result<(), DatabaseError> {
        if let Some(at) = cutoffs_at {
            let limit = u64::try_from(self.revocations.capacity()).unwrap_or(u64::MAX).saturating_add(1);
            for cutoff in self.store.list_cutoffs(at, limit).await? {
                self.revocations.cut_off(cutoff);
            }
        }
        read_changed_roles(&self.store, &self.role_map).await
    }
}
