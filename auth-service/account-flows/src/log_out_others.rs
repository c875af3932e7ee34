//! "Sign out everywhere else".

use account_storage::{EndOthers, EndOthersError};
use accounts::{ClientContext, Identity};
use contracts::ids::{SessionId, UserId};
use futures_util::future::join_all;
use mailer::Notification;

use super::accounts::Accounts;
use super::notify_owner::owner_mail;

/// Request to end all other sessions.
#[derive(Debug)]
pub struct LogOutOthers {
    /// The account.
    pub user: UserId,
    /// The session that is kept, with its refresh tokens.
    pub keep: SessionId,
    /// `true` also unlinks all social accounts: an intruder may have linked one. The session must be fresh then.
    pub unlink: bool,
}

/// Reasons why no session has ended.
#[derive(Debug, thiserror::Error)]
pub enum LogOutOthersError {
    /// Unlinking requires a recent sign-in.
    #[error("the session is not fresh enough")]
    NotFresh,
    /// The account does not permit unlinking, or SQL failed.
    #[error("the sessions could not be ended")]
    Ending(#[from] EndOthersError),
}

impl Accounts {
    /// Ends all other sessions and all known devices of an account; earlier access tokens of all sessions are revoked.
    /// The owner is notified of unlinked accounts. Returns the new version of the account's tokens.
    ///
    /// # Errors
    /// [`LogOutOthersError`]; then no session has ended.
    pub async fn log_out_others(
        &self,
        request: LogOutOthers,
        client: &ClientContext,
    ) -> Result<i64, LogOutOthersError> {
        let LogOutOthers { user, keep, unlink } = request;
        if unlink {
            let is_fresh = self.sessions.is_fresh(keep).await.map_err(EndOthersError::from)?;
            if !is_fresh.ok_or(EndOthersError::NoSuchUser)? {
                return Err(LogOutOthersError::NotFresh);
            }
        }
        let change = EndOthers { user, keep, unlink, at: self.clock.now(), address: client.location.address };
        // One mail for all of them: notices of one kind within minutes become one.
        let mail = |unlinked: &[Identity]| {
            let names = unlinked.iter().map(|identity| self.providers.name(&identity.key.provider, client.language));
            let provider = names.collect::<Vec<_>>().join(", ");
            Some(owner_mail(&self.outbox, client, Notification::SocialUnlinked { provider }))
        };
        let ended = self.store.end_other_sessions(&change, mail).await?;
        self.revocations.cut_off(ended.cutoff);
        tracing::info!(audit = true, user.id = %user, session.id = %keep, "signed out everywhere else");
        self.outbox.wake();
        join_all(ended.unlinked.iter().map(|identity| self.grants.withdraw(identity))).await;
        Ok(ended.cutoff.version)
    }
}
