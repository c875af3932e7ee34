//! Proof of the login e-mail, by the session that asked.

use account_storage::{ProofError, ProofRequest};
use accounts::{ClientContext, CodePurpose, OpenedLink, TypedCode};
use contracts::Secret;
use contracts::ids::{SessionId, UserId};
use service_kit::database::DatabaseError;

use super::ownership::Addresses;

impl Addresses {
    /// Sends a code to the login of an account.
    ///
    /// # Errors
    /// [`ProofError`].
    pub async fn request_proof(
        &self,
        user: UserId,
        session: SessionId,
        client: &ClientContext,
    ) -> Result<(), ProofError> {
        let request = ProofRequest { user, session, client, at: self.clock.now() };
        self.store.begin_email_proof(&self.mailer, &request).await?;
        self.mailer.wake();
        Ok(())
    }

    /// Proves the login with a typed code. Requires the session that asked for it.
    ///
    /// # Errors
    /// [`ProofError`].
    pub async fn confirm_proof(
        &self,
        user: UserId,
        session: SessionId,
        code: &TypedCode,
        client: &ClientContext,
    ) -> Result<(), ProofError> {
        let request = ProofRequest { user, session, client, at: self.clock.now() };
        self.store.complete_email_proof(&self.mailer, &request, code).await?;
        tracing::info!(audit = true, user.id = %user, "e-mail proved by its owner");
        Ok(())
    }

    /// Proves the login with the link of the mail. Requires the session that asked for it.
    ///
    /// # Errors
    /// [`ProofError`].
    pub async fn confirm_proof_by_link(
        &self,
        user: UserId,
        session: SessionId,
        opened: &OpenedLink,
        client: &ClientContext,
    ) -> Result<(), ProofError> {
        let request = ProofRequest { user, session, client, at: self.clock.now() };
        self.store.complete_email_proof_by_link(&self.mailer, &request, opened).await?;
        tracing::info!(audit = true, user.id = %user, "e-mail proved by its owner");
        Ok(())
    }

    /// The code in the same mail as a link, to be shown in a browser without the session that asked: the user types it
    /// in the browser with that session. `None` when the link cannot be used. Changes nothing.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn find_proof_code(&self, opened: &OpenedLink) -> Result<Option<(SessionId, Secret)>, DatabaseError> {
        let found = self.store.find_code_by_link(&self.mailer, CodePurpose::Proof, opened, self.clock.now()).await?;
        Ok(found.map(|code| (SessionId(code.binding.asker), self.mailer.codes().code_behind(opened))))
    }
}
