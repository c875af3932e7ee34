//! The first step: canonical rows beside the old ones.

use accounts::UserKey;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use service_kit::database::DatabaseError;

use super::{LoginConversion, Mailbox};
use crate::entities::user_login;
use crate::users::{EMAIL, insert_login, lock};

impl LoginConversion {
    /// Gives each address that no account has in canonical form to the account that will keep it. Returns the number of
    /// added rows. Safe beside old and new replicas and beside itself, and safe to repeat.
    ///
    /// # Errors
    /// When the database is unavailable; a repetition continues.
    pub async fn expand(&self) -> Result<u64, DatabaseError> {
        let mut added = 0;
        for mailbox in self.scan().await? {
            added += self.store.write(async move |tx: &DatabaseTransaction| add_canonical(tx, &mailbox).await).await?;
        }
        if added > 0 {
            tracing::info!(added, "logins of an earlier release have a canonical form");
        }
        Ok(added)
    }
}

async fn add_canonical(tx: &DatabaseTransaction, mailbox: &Mailbox) -> Result<u64, DbErr> {
    let (Some(email), Some(keeper)) = (&mailbox.email, mailbox.members.first()) else { return Ok(0) };
    let Some(cell) = lock(tx, keeper.user).await? else { return Ok(0) };
    let still_theirs = user_login::Entity::find()
        .filter(user_login::Column::Kind.eq(EMAIL))
        .filter(user_login::Column::Login.is_in(keeper.logins.iter().map(String::as_str)))
        .filter(user_login::Column::UserId.eq(keeper.user.0));
    if still_theirs.one(tx).await?.is_none() {
        return Ok(0);
    }
    let key = UserKey { id: keeper.user, cell };
    Ok(u64::from(insert_login(tx, email, key, keeper.proved_at).await?))
}
