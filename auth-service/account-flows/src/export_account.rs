//! A copy of what is stored about one's own account (GDPR Art. 15 and 20).

use account_storage::ExportError;
use accounts::{
    AccountEvent, ClientContext, ExportedAct, ExportedEmailChange, ExportedLogin, ExportedSession, Identity, SignIn,
    UserKey,
};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::SessionId;
use mailer::Notification;
use service_kit::database::DatabaseError;

use super::accounts::Accounts;
use super::current_user::{CurrentUser, find_current_user};
use super::notify_owner::owner_mail;

/// Maximum number of exported sign-ins, the newest ones: about 8 MB of JSON.
pub const MAX_EXPORTED_SIGN_INS: usize = 50_000;
/// Maximum number of exported changes.
const MAX_EVENTS: u64 = 10_000;

/// Everything that is stored about an account but secrets.
#[derive(Debug, Clone)]
pub struct AccountExport {
    /// Time of the export.
    pub exported_at: DateTime<Utc>,
    /// The account and its roles.
    pub current: CurrentUser,
    /// Its logins.
    pub logins: Vec<ExportedLogin>,
    /// The pending change of its e-mail.
    pub email_change: Option<ExportedEmailChange>,
    /// Its accounts at providers.
    pub identities: Vec<Identity>,
    /// Its sessions, ended ones included.
    pub sessions: Vec<ExportedSession>,
    /// The newest sign-ins.
    pub sign_ins: Vec<SignIn>,
    /// `false` when there are more sign-ins.
    pub sign_ins_complete: bool,
    /// Changes of the account.
    pub events: Vec<AccountEvent>,
    /// Acts of operators on it.
    pub acts: Vec<ExportedAct>,
}

/// Reasons why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportAccountError {
    /// The session is too old: sign in again first.
    #[error("the session is not fresh enough")]
    NotFresh,
    /// It is too soon, there is no such account, or SQL failed.
    #[error("the account could not be exported")]
    Export(#[from] ExportError),
}

impl From<DatabaseError> for ExportAccountError {
    fn from(error: DatabaseError) -> Self {
        Self::Export(error.into())
    }
}

impl Accounts {
    /// Reads everything that is stored about an account, once a day and in a fresh session: a stolen token must not
    /// yield the history of a person. The owner is notified.
    ///
    /// # Errors
    /// [`ExportAccountError`]; then the export does not count.
    pub async fn export(
        &self,
        user: UserKey,
        session: SessionId,
        client: &ClientContext,
    ) -> Result<AccountExport, ExportAccountError> {
        let now = self.clock.now();
        if !self.sessions.is_fresh(session).await?.ok_or(ExportError::NoSuchUser)? {
            return Err(ExportAccountError::NotFresh);
        }
        let wait = self.store.time_until_export(user.id, now).await?;
        if wait > TimeDelta::zero() {
            return Err(ExportError::TooSoon(wait).into());
        }
        let current = find_current_user(&self.store, user).await?.ok_or(ExportError::NoSuchUser)?;
        let logins = self.store.list_stored_logins(user.id).await?;
        let email_change = self.store.find_stored_email_change(user.id).await?;
        let identities = self.store.list_identities(user.id).await?;
        let sessions = self.store.list_stored_sessions(user.id).await?;
        let acts = self.store.list_acts_on(user.id).await?;
        let until = now + TimeDelta::seconds(1);
        let limit = MAX_EXPORTED_SIGN_INS as u64 + 1;
        let mut sign_ins = self.store.list_sign_ins(user.id, DateTime::UNIX_EPOCH, until, limit).await?;
        let sign_ins_complete = sign_ins.len() <= MAX_EXPORTED_SIGN_INS;
        sign_ins.truncate(MAX_EXPORTED_SIGN_INS);
        let mail = owner_mail(&self.outbox, client, Notification::DataExported);
        self.store.record_export(user.id, now, client.location.address, Some(&mail)).await?;
        let events = self.store.list_account_events(user.id, MAX_EVENTS).await?;
        tracing::info!(audit = true, user.id = %user.id, session.id = %session, "account exported");
        self.outbox.wake();
        Ok(AccountExport {
            exported_at: now,
            current,
            logins,
            email_change,
            identities,
            sessions,
            sign_ins,
            sign_ins_complete,
            events,
            acts,
        })
    }
}
