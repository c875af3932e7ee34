//! Claims that end: freed by the owner of the mailbox, or proved by a provider that vouches for an address.

use accounts::{AccountEventKind, Email, MailCodes};
use chrono::{DateTime, Utc};
use contracts::ids::UserId;
use sea_orm::DatabaseTransaction;
use service_kit::database::DatabaseError;

use super::code_mailer::CodeMailer;
use super::ownership::{find_user, keep, lock_accounts, record, release_claim};
use super::pending_changes::{cancel, find_pending};
use crate::logins::{lock_login, prove_login};
use crate::store::Store;

/// Result of freeing an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreeClaimOutcome {
    /// It was freed.
    Freed,
    /// The link is wrong, or there is nothing to free any more.
    NotClaimed,
}

/// Proof of an address by a provider that vouches for it.
#[derive(Debug, Clone, Copy)]
pub struct SocialProof<'a> {
    /// The account that signed in with the provider.
    pub user: UserId,
    /// The address.
    pub email: &'a Email,
    /// Current time.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Frees the address of a mail to a claim, or cancels the pending change to it. The account loses the address and
    /// only that.
    ///
    /// # Errors
    /// When the database is unavailable; then nothing was changed.
    pub async fn free_claimed_email(
        &self,
        mailer: &CodeMailer,
        (link, email): (&str, &Email),
        at: DateTime<Utc>,
    ) -> Result<FreeClaimOutcome, DatabaseError> {
        let Some(id) = MailCodes::account_of_claim_link(link) else { return Ok(FreeClaimOutcome::NotClaimed) };
        self.write(async |tx| {
            let pending = find_pending(tx, id, at).await?;
            if pending.is_some_and(|pending| mailer.codes().is_claim_link(link, id, email) && pending.to == *email) {
                cancel(tx, id).await?;
                return Ok(FreeClaimOutcome::Freed);
            }
            let user = find_user(tx, id).await?.filter(|user| user.email.as_ref() == Some(email));
            if user.is_none() || !mailer.codes().is_claim_link(link, id, email) {
                return Ok(FreeClaimOutcome::NotClaimed);
            }
            let login = lock_login(tx, email).await?.filter(|login| login.user.id == id && login.is_claim());
            let key = lock_accounts(tx, &[id]).await?.into_iter().next();
            let (Some(_), Some(key)) = (login, key) else { return Ok(FreeClaimOutcome::NotClaimed) };
            release_claim(tx, key, email, at).await?;
            Ok(FreeClaimOutcome::Freed)
        })
        .await
    }

    /// Proves the login of an account when it is the address for which a provider vouches. `true` when it was a claim.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn prove_email_by_provider(&self, proof: SocialProof<'_>) -> Result<bool, DatabaseError> {
        self.write(async |tx: &DatabaseTransaction| {
            if !prove_login(tx, proof.user, proof.email, proof.at).await? {
                return Ok(false);
            }
            keep(tx, proof.user).await?;
            record(tx, proof.user, AccountEventKind::EmailProved, None, proof.at).await?;
            Ok(true)
        })
        .await
    }
}
