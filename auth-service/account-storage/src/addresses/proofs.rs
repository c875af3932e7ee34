//! Proof that the owner of an account reads the mailbox of its login, by the session that asked.

use accounts::{AccountEventKind, ClientContext, CodeBinding, CodePurpose, Email, OpenedLink, TypedCode};
use chrono::{DateTime, Utc};
use contracts::ids::{SessionId, UserId};
use sea_orm::{DatabaseTransaction, DbErr};
use service_kit::database::DatabaseError;

use super::code_mailer::CodeMailer;
use super::mail_codes::{self, CodeHolder, open_link, try_code};
use super::ownership::{find_user, keep, record};
use crate::identities::lock_user;
use crate::logins::{lock_login, prove_login};
use crate::outbox::Standing;
use crate::store::Store;
use crate::users::by_email;

/// Request for a code that proves the login of an account.
#[derive(Debug)]
pub struct ProofRequest<'a> {
    /// The account.
    pub user: UserId,
    /// The session that asks, and is the only one that can confirm.
    pub session: SessionId,
    /// Location and language of the client.
    pub client: &'a ClientContext,
    /// Current time.
    pub at: DateTime<Utc>,
}

/// Reasons why a login was not proved; nothing was changed but the count of wrong codes.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The account has no e-mail.
    #[error("the account has no e-mail")]
    NoEmail,
    /// It is proved already.
    #[error("the e-mail is proved")]
    Proved,
    /// The code is wrong, spent, expired, or of another session.
    #[error("the code is not valid")]
    CodeInvalid,
    /// Another account has the address by now.
    #[error("the e-mail is taken")]
    EmailTaken,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// SQL failed.
    #[error("the proof could not be read or written")]
    Storage(#[from] DatabaseError),
}

impl Store {
    /// Sends a code to the login of an account.
    ///
    /// # Errors
    /// [`ProofError`].
    pub async fn begin_email_proof(&self, mailer: &CodeMailer, request: &ProofRequest<'_>) -> Result<(), ProofError> {
        self.write(async |tx| {
            let Some(user) = lock_user(tx, request.user).await? else { return Ok(Err(ProofError::NoSuchUser)) };
            let Some(email) = user.email else { return Ok(Err(ProofError::NoEmail)) };
            let login = by_email(&email).one(tx).await?.filter(|login| login.user_id == request.user.0);
            let Some(login) = login else { return Ok(Err(ProofError::NoEmail)) };
            if login.proved_at.is_some() {
                return Ok(Err(ProofError::Proved));
            }
            let (purpose, asker) = (CodePurpose::Proof, request.session.0);
            let binding = CodeBinding { purpose, asker, user: Some(request.user), login: email };
            mailer.send_code(tx, binding, (Standing::Unproved, false), request.client, request.at).await.map(Ok)
        })
        .await?
    }

    /// Proves the login of an account with a typed code.
    ///
    /// # Errors
    /// [`ProofError`].
    pub async fn complete_email_proof(
        &self,
        mailer: &CodeMailer,
        request: &ProofRequest<'_>,
        typed: &TypedCode,
    ) -> Result<(), ProofError> {
        self.write(async |tx| {
            let email = match lock_own_login(tx, request.user).await? {
                Ok(email) => email,
                Err(error) => return Ok(Err(error)),
            };
            let holder = CodeHolder { asker: request.session.0, address: request.client.location.address };
            let code = try_code(tx, mailer.codes(), CodePurpose::Proof, holder, typed, request.at).await?;
            // The counted guess is committed with the error.
            let code = code.filter(|code| code.binding.user == Some(request.user) && code.binding.login == email);
            let Some(code) = code else { return Ok(Err(ProofError::CodeInvalid)) };
            prove(tx, request, &email, code.id).await
        })
        .await?
    }

    /// Proves the login of an account with the link of a mail. Only the session that asked can: for any other one the
    /// link proves nothing.
    ///
    /// # Errors
    /// [`ProofError`].
    pub async fn complete_email_proof_by_link(
        &self,
        mailer: &CodeMailer,
        request: &ProofRequest<'_>,
        opened: &OpenedLink,
    ) -> Result<(), ProofError> {
        self.write(async |tx| {
            let email = match lock_own_login(tx, request.user).await? {
                Ok(email) => email,
                Err(error) => return Ok(Err(error)),
            };
            let code = open_link(tx, mailer.codes(), CodePurpose::Proof, opened, request.at).await?;
            let own = |binding: &CodeBinding| {
                binding.asker == request.session.0 && binding.user == Some(request.user) && binding.login == email
            };
            let Some(code) = code.filter(|code| own(&code.binding)) else { return Ok(Err(ProofError::CodeInvalid)) };
            prove(tx, request, &email, code.id).await
        })
        .await?
    }
}

/// The login of an account, locked, and then the account.
async fn lock_own_login(tx: &DatabaseTransaction, id: UserId) -> Result<Result<Email, ProofError>, DbErr> {
    let Some(user) = find_user(tx, id).await? else { return Ok(Err(ProofError::NoSuchUser)) };
    let Some(email) = user.email else { return Ok(Err(ProofError::NoEmail)) };
    let login = lock_login(tx, &email).await?;
    if lock_user(tx, id).await?.is_none() {
        return Ok(Err(ProofError::NoSuchUser));
    }
    match login {
        Some(login) if login.user.id != id => Ok(Err(ProofError::EmailTaken)),
        Some(login) if !login.is_claim() => Ok(Err(ProofError::Proved)),
        Some(_) => Ok(Ok(email)),
        None => Ok(Err(ProofError::NoEmail)),
    }
}

async fn prove(
    tx: &DatabaseTransaction,
    request: &ProofRequest<'_>,
    email: &Email,
    code: uuid::Uuid,
) -> Result<Result<(), ProofError>, DbErr> {
    if !mail_codes::spend(tx, code, request.at).await? {
        return Ok(Err(ProofError::CodeInvalid));
    }
    prove_login(tx, request.user, email, request.at).await?;
    mail_codes::delete_codes_for(tx, request.user, &[CodePurpose::Proof]).await?;
    keep(tx, request.user).await?;
    record(tx, request.user, AccountEventKind::EmailProved, request.client.location.address, request.at).await?;
    Ok(Ok(()))
}
