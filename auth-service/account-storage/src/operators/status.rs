//! Disabling and enabling accounts.

use accounts::{AuditAction, AuditContext, EndReason, UserKey, UserStatus};
use contracts::ids::{SessionId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use service_kit::database::stored_time;
use uuid::Uuid;

use super::{Acted, OperatorActError};
use crate::active_sessions::end_others;
use crate::entities::user;
use crate::identities::lock_user;
use crate::outbox::MailDraft;
use crate::role_lock::{is_last_admin, lock_roles};
use crate::store::Store;
use crate::users::{ACTIVE_STATUS, DISABLED_STATUS, key_is};

/// No session is kept.
pub(super) const NONE: SessionId = SessionId(Uuid::nil());

impl Store {
    /// Disables an account, and ends its sessions and access tokens.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn disable_user(
        &self,
        id: UserId,
        context: &AuditContext,
        mail: Option<&MailDraft>,
    ) -> Result<Acted, OperatorActError> {
        self.act(AuditAction::DisableUser, id, (context, mail), async |tx| {
            lock_roles(tx).await?;
            let Some(user) = lock_user(tx, id).await? else { return Ok(Err(OperatorActError::NoSuchUser)) };
            if user.status == UserStatus::Disabled {
                return Ok(Ok(Acted { user, changed: false, cutoff: None }));
            }
            if context.actor_id() == Some(id) || is_last_admin(tx, id).await? {
                return Ok(Err(OperatorActError::LastAdmin));
            }
            set_status(tx, user.key, DISABLED_STATUS, context).await?;
            let cutoff = Some(end_others(tx, id, NONE, EndReason::UserDisabled, context.at).await?);
            Ok(Ok(Acted { user, changed: true, cutoff }))
        })
        .await
    }

    /// Enables a disabled account. Its sessions stay ended.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn enable_user(
        &self,
        id: UserId,
        context: &AuditContext,
        mail: Option<&MailDraft>,
    ) -> Result<Acted, OperatorActError> {
        self.act(AuditAction::EnableUser, id, (context, mail), async |tx| {
            let Some(user) = lock_user(tx, id).await? else { return Ok(Err(OperatorActError::NoSuchUser)) };
            let changed = user.status != UserStatus::Active;
            if changed {
                set_status(tx, user.key, ACTIVE_STATUS, context).await?;
            }
            Ok(Ok(Acted { user, changed, cutoff: None }))
        })
        .await
    }
}

async fn set_status(tx: &DatabaseTransaction, key: UserKey, status: i16, context: &AuditContext) -> Result<(), DbErr> {
    let update = user::Entity::update_many()
        .col_expr(user::Column::Status, Expr::value(status))
        .col_expr(user::Column::UpdatedAt, Expr::value(stored_time(context.at)))
        .filter(key_is(key));
    update.exec(tx).await.map(drop)
}
