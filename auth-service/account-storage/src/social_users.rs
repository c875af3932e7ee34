//! Accounts of identities: created with the identity as their sign-in method, and with the e-mail for which its provider
//! vouches.

use accounts::{Email, Login, NewIdentity, NewUser, UserKey};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};
use service_kit::database::DatabaseError;

use super::addresses::{lock_accounts, release_claim};
use super::entities::{identity, user_directory, user_login};
use super::identities;
use super::logins::lock_login;
use super::store::Store;
use super::users::{by_email, insert_directory, insert_login, insert_row};

/// Result of creating an account for an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsertSocialUserOutcome {
    /// Account and identity were created.
    Inserted,
    /// The same, and the account that claimed the e-mail has lost it.
    TookClaim,
    /// Another account has proved the e-mail; nothing was written.
    EmailTaken,
    /// Another account claims the e-mail; nothing was written.
    EmailClaimed,
    /// Another account has the identity; nothing was written.
    IdentityTaken,
}

impl Store {
    /// Creates an account with an identity as its sign-in method, atomically. Its e-mail is one that the provider vouches
    /// for, and so proved.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn insert_social_user(
        &self,
        new: &NewUser,
        identity: &NewIdentity,
    ) -> Result<InsertSocialUserOutcome, DatabaseError> {
        let work = async |tx: &DatabaseTransaction| {
            if !insert_identity(tx, new.key, identity).await? {
                return Ok(InsertSocialUserOutcome::IdentityTaken);
            }
            insert_account(tx, new, identity.at).await
        };
        self.write_in_cell(new.key.cell, work).await
    }

    /// The same as [`Self::insert_social_user`] for the owner of a mailbox that another account claims: in the same
    /// transaction that account loses the e-mail, and only that.
    ///
    /// # Errors
    /// When the database is unavailable; then the claim stays.
    pub async fn insert_social_user_at_claim(
        &self,
        new: &NewUser,
        identity: &NewIdentity,
    ) -> Result<InsertSocialUserOutcome, DatabaseError> {
        let work = async |tx: &DatabaseTransaction| {
            let claimant = lock_claimant(tx, new.email.as_ref()).await?;
            if !insert_identity(tx, new.key, identity).await? {
                return Ok(InsertSocialUserOutcome::IdentityTaken);
            }
            if let (Some(claimant), Some(email)) = (claimant, &new.email) {
                // The row of the login is locked: no other transaction inserts it before the commit.
                release_claim(tx, claimant, email, identity.at).await?;
            }
            let outcome = insert_account(tx, new, identity.at).await?;
            let is_taken = claimant.is_some() && outcome == InsertSocialUserOutcome::Inserted;
            Ok(if is_taken { InsertSocialUserOutcome::TookClaim } else { outcome })
        };
        self.write_in_cell(new.key.cell, work).await
    }
}

/// The account that claims an e-mail, with locks on the login and on its row of the directory. `None` when the e-mail is
/// free or proved.
async fn lock_claimant(tx: &DatabaseTransaction, email: Option<&Email>) -> Result<Option<UserKey>, DbErr> {
    let Some(email) = email else { return Ok(None) };
    let Some(login) = lock_login(tx, email).await?.filter(Login::is_claim) else { return Ok(None) };
    Ok(lock_accounts(tx, &[login.user.id]).await?.pop())
}

/// Inserts the row of the directory and the identity of a new account. `false` when another account has the identity;
/// then nothing is written.
async fn insert_identity(tx: &DatabaseTransaction, key: UserKey, identity: &NewIdentity) -> Result<bool, DbErr> {
    insert_directory(tx, key).await?;
    let is_inserted = identities::insert(tx, key.id, identity, Some(identity.at)).await?;
    if !is_inserted {
        undo(tx, key).await?;
    }
    Ok(is_inserted)
}

/// Inserts the login and the row of a new account. Nothing of it is left when another account has the e-mail.
async fn insert_account(
    tx: &DatabaseTransaction,
    new: &NewUser,
    at: DateTime<Utc>,
) -> Result<InsertSocialUserOutcome, DbErr> {
    if let Some(email) = &new.email
        && !insert_login(tx, email, new.key, Some(at)).await?
    {
        undo(tx, new.key).await?;
        let is_claim = by_email(email).one(tx).await?.is_some_and(|login| login.proved_at.is_none());
        let (claimed, taken) = (InsertSocialUserOutcome::EmailClaimed, InsertSocialUserOutcome::EmailTaken);
        return Ok(if is_claim { claimed } else { taken });
    }
    insert_row(tx, new).await?;
    Ok(InsertSocialUserOutcome::Inserted)
}

/// Deletes the rows that were written before a conflict. An error would roll back as well, but it would look like a
/// failure of the database.
async fn undo(tx: &DatabaseTransaction, key: UserKey) -> Result<(), DbErr> {
    identity::Entity::delete_many().filter(identity::Column::UserId.eq(key.id.0)).exec(tx).await?;
    user_login::Entity::delete_many().filter(user_login::Column::UserId.eq(key.id.0)).exec(tx).await?;
    user_directory::Entity::delete_by_id(key.id.0).exec(tx).await.map(drop)
}
