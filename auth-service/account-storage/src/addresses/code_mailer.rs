//! Codes together with the mails that carry them.

use accounts::{CODE_VALIDITY, ClientContext, CodeBinding, CodePurpose, Email, IssuedCode, MailCodes, UNDO_VALIDITY};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::ids::UserId;
use mailer::{AccountLink, MailCode, Notification};
use outbox::Outbox;
use sea_orm::{DatabaseTransaction, DbErr};

use super::mail_codes;
use crate::outbox::{MailDraft, Standing, enqueue};

/// Makes codes, and drafts of mails.
#[derive(Clone)]
pub struct CodeMailer {
    codes: std::sync::Arc<MailCodes>,
    outbox: Outbox,
}

impl CodeMailer {
    /// With the secret that all replicas share.
    pub fn new(secret: &[u8], outbox: Outbox) -> Self {
        Self { codes: std::sync::Arc::new(MailCodes::new(secret)), outbox }
    }

    /// Keys of codes and links.
    pub fn codes(&self) -> &MailCodes {
        &self.codes
    }

    /// Wakes the worker that sends mails. Call it after the commit.
    pub fn wake(&self) {
        self.outbox.wake();
    }

    /// Draft of a notice.
    pub(crate) fn notice(&self, client: &ClientContext, notification: Notification) -> MailDraft {
        self.outbox.draft(client.language, notification, client.location.address)
    }

    /// Page that frees a claimed address.
    pub(crate) fn not_me(&self, user: UserId, login: &Email) -> Option<AccountLink> {
        AccountLink::new(format!("not-me?claim={}", self.codes.claim_link(user, login).expose()))
    }

    /// Issues a code and sends it to the mailbox of its binding. It is stored only if its mail is: a withheld code must
    /// not replace one that was sent. A `decoy` does the same work and is never sent.
    pub(super) async fn send_code(
        &self,
        tx: &DatabaseTransaction,
        binding: CodeBinding,
        (standing, decoy): (Standing, bool),
        client: &ClientContext,
        now: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        let (user, login) = (binding.user, binding.login.clone());
        let issued = self.issue(binding, now, CODE_VALIDITY)?;
        let mut draft = self.notice(client, code_mail(&issued)?);
        if let (Some(user), Standing::Unproved) = (user, standing)
            && let Some(link) = self.not_me(user, &login)
        {
            draft = draft.with_not_me(link);
        }
        let mail = if decoy { draft.decoy_to(login.as_str(), standing) } else { draft.to(login.as_str(), standing) };
        let is_queued = enqueue(tx, &mail).await?.is_queued();
        mail_codes::insert(tx, &issued, is_queued).await
    }

    /// Issues a link that undoes a change of address, and stores it. Its path is below the account page.
    pub(super) async fn undo_link(
        &self,
        tx: &DatabaseTransaction,
        binding: CodeBinding,
        now: DateTime<Utc>,
    ) -> Result<Option<AccountLink>, DbErr> {
        let issued = self.issue(binding, now, UNDO_VALIDITY)?;
        mail_codes::insert(tx, &issued, true).await?;
        Ok(AccountLink::new(format!("email/undo?link={}", issued.link.expose())))
    }

    fn issue(&self, binding: CodeBinding, now: DateTime<Utc>, validity: TimeDelta) -> Result<IssuedCode, DbErr> {
        // An error of the transaction: nothing is written then.
        self.codes.issue(binding, now, validity).ok_or_else(|| DbErr::Custom("there are no random bytes".to_owned()))
    }
}

/// Mail with a code, and its link where the purpose has a page for it.
fn code_mail(issued: &IssuedCode) -> Result<Notification, DbErr> {
    let link = |page: &str| AccountLink::new(format!("{page}?link={}", issued.link.expose()));
    let code = MailCode::new(issued.code.expose()).ok_or_else(|| DbErr::Custom("a code has 8 digits".to_owned()))?;
    Ok(match issued.binding.purpose {
        CodePurpose::Proof => Notification::EmailProof { code, link: link("email/confirm") },
        CodePurpose::Reset => Notification::PasswordReset { code, link: link("reset/new") },
        CodePurpose::Change => Notification::EmailChange { code },
        CodePurpose::Release | CodePurpose::Undo => Notification::EmailRelease { code },
    })
}
