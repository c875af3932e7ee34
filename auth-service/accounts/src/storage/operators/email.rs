//! Freeing the e-mail of an account, for a stranger's claim or a mistyped one.

use contracts::ids::UserId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use service_kit::database::stored_time;

use super::{Acted, OperatorActError};
use crate::domain::{AuditAction, AuditContext, RoleName};
use crate::storage::entities::{user, user_login};
use crate::storage::identities::lock_user;
use crate::storage::roles::is_last_admin;
use crate::storage::store::Store;
use crate::storage::users::{EMAIL, key_is};

impl Store {
    /// Removes the e-mail of an account, which keeps everything else: its sessions, identities and
    /// password. Afterwards anyone may sign up with the e-mail.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn free_email(&self, id: UserId, context: &AuditContext) -> Result<Acted, OperatorActError> {
        self.act(AuditAction::FreeEmail, id, context, async |tx| {
            let Some(user) = lock_user(tx, id).await? else { return Ok(Err(OperatorActError::NoSuchUser)) };
            let Some(email) = &user.email else { return Ok(Err(OperatorActError::NoEmail)) };
            if is_last_admin(tx, id, &RoleName::admin()).await? {
                return Ok(Err(OperatorActError::LastAdmin)); // by password no one could sign in any more
            }
            let login = user_login::Entity::delete_many()
                .filter(user_login::Column::Kind.eq(EMAIL))
                .filter(user_login::Column::Login.eq(email.as_str()))
                .filter(user_login::Column::UserId.eq(id.0));
            login.exec(tx).await?;
            let update = user::Entity::update_many()
                .col_expr(user::Column::EmailNorm, Expr::value(Option::<String>::None))
                .col_expr(user::Column::UpdatedAt, Expr::value(stored_time(context.at)))
                .filter(key_is(user.key));
            update.exec(tx).await?;
            Ok(Ok(Acted { user, changed: true, cutoff: None }))
        })
        .await
    }
}
