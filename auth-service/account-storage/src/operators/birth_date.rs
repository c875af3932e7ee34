//! Correction of birth dates, which their owners can set only once.

use accounts::{AuditAction, AuditContext, BirthDate};
use contracts::ids::UserId;
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, QueryFilter};
use service_kit::database::stored_time;

use super::{Acted, OperatorActError};
use crate::cutoffs::cut_off;
use crate::entities::user;
use crate::identities::lock_user;
use crate::outbox::MailDraft;
use crate::store::Store;
use crate::users::key_is;

impl Store {
    /// Sets the birth date of an account; `None` removes it, so that its owner can set it again. Access tokens carry
    /// the age, so current ones are cut off; sessions go on.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn correct_birth_date(
        &self,
        id: UserId,
        birth_date: Option<BirthDate>,
        context: &AuditContext,
        mail: Option<&MailDraft>,
    ) -> Result<Acted, OperatorActError> {
        self.act(AuditAction::CorrectBirthDate, id, (context, mail), async |tx| {
            let Some(user) = lock_user(tx, id).await? else { return Ok(Err(OperatorActError::NoSuchUser)) };
            if user.birth_date == birth_date {
                return Ok(Ok(Acted { user, changed: false, cutoff: None }));
            }
            let update = user::Entity::update_many()
                .col_expr(user::Column::BirthDate, Expr::value(birth_date.map(BirthDate::day)))
                .col_expr(user::Column::UpdatedAt, Expr::value(stored_time(context.at)))
                .filter(key_is(user.key));
            update.exec(tx).await?;
            let cutoff = Some(cut_off(tx, id, context.at).await?);
            Ok(Ok(Acted { user, changed: true, cutoff }))
        })
        .await
    }
}
