//! Acts on an account that goes on to exist.

use account_storage::{Acted, OperatorActError, UNLOCKS_KEPT};
use accounts::{AuditContext, BirthDate, InvalidBirthDate};
use chrono::NaiveDate;
use contracts::ids::UserId;
use mailer::OperatorAct;
use service_kit::database::DatabaseError;

use super::Operators;
use crate::current_user::find_anywhere;
use crate::unlocks::MAX_UNLOCKS;

/// Reasons why a birth date was not corrected.
#[derive(Debug, thiserror::Error)]
pub enum CorrectBirthDateError {
    /// The birth date is not plausible.
    #[error("the day of birth is not acceptable")]
    BirthDate(#[from] InvalidBirthDate),
    /// The act was rejected.
    #[error("the birth date could not be corrected")]
    Act(#[from] OperatorActError),
}

impl Operators {
    /// Disables an account. Its sessions end here at once and on other replicas within about a second; it neither signs
    /// in nor gets a session in any other way.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn disable(&self, user: UserId, context: &AuditContext) -> Result<bool, OperatorActError> {
        let acted = self.store.disable_user(user, context, Some(&self.mail(OperatorAct::Disabled))).await?;
        Ok(self.apply(&acted, "account disabled"))
    }

    /// Enables a disabled account.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn enable(&self, user: UserId, context: &AuditContext) -> Result<bool, OperatorActError> {
        let acted = self.store.enable_user(user, context, Some(&self.mail(OperatorAct::Enabled))).await?;
        Ok(self.apply(&acted, "account enabled"))
    }

    /// Refills the budgets of guesses at an account: here at once, on other replicas within about a second.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn unlock(&self, user: UserId, context: &AuditContext) -> Result<bool, OperatorActError> {
        let acted = self.store.unlock_user(user, context, Some(&self.mail(OperatorAct::Unlocked))).await?;
        if let Err(error) = self.read_unlocks().await {
            tracing::warn!(%error, "unlocked accounts could not be read; the next poll does");
        }
        Ok(self.apply(&acted, "account unlocked"))
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn end_sessions(&self, user: UserId, context: &AuditContext) -> Result<bool, OperatorActError> {
        let acted = self.store.end_user_sessions(user, context, Some(&self.mail(OperatorAct::SessionsEnded))).await?;
        Ok(self.apply(&acted, "sessions ended"))
    }

    /// Frees the e-mail of an account.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn free_email(&self, user: UserId, context: &AuditContext) -> Result<bool, OperatorActError> {
        let acted = self.store.free_email(user, context, Some(&self.mail(OperatorAct::EmailFreed))).await?;
        Ok(self.apply(&acted, "e-mail freed"))
    }

    /// Marks the e-mail of an account as proved.
    ///
    /// # Errors
    /// [`OperatorActError`].
    pub async fn prove_email(&self, user: UserId, context: &AuditContext) -> Result<bool, OperatorActError> {
        let acted = self.store.prove_email(user, context, Some(&self.mail(OperatorAct::EmailProved))).await?;
        Ok(self.apply(&acted, "e-mail proved"))
    }

    /// Sets the birth date of an account, or removes it with `None`.
    ///
    /// # Errors
    /// [`CorrectBirthDateError`].
    pub async fn correct_birth_date(
        &self,
        user: UserId,
        day: Option<NaiveDate>,
        context: &AuditContext,
    ) -> Result<bool, CorrectBirthDateError> {
        let region = self.find_region(user).await.map_err(OperatorActError::from)?;
        let today = self.region_map.load().today(region.as_deref(), self.clock.now());
        let birth_date = day.map(|day| BirthDate::new(day, today)).transpose()?;
        let mail = self.mail(OperatorAct::BirthDateCorrected);
        let acted = self.store.correct_birth_date(user, birth_date, context, Some(&mail)).await?;
        Ok(self.apply(&acted, "birth date corrected"))
    }

    async fn find_region(&self, user: UserId) -> Result<Option<String>, DatabaseError> {
        let Some(key) = self.store.find_user_key(user).await? else { return Ok(None) };
        Ok(find_anywhere(&self.store, key).await?.and_then(|user| user.region))
    }

    async fn read_unlocks(&self) -> Result<(), DatabaseError> {
        let since = self.clock.now() - UNLOCKS_KEPT;
        self.unlocks.set(self.store.list_unlocks(since, MAX_UNLOCKS).await?);
        Ok(())
    }

    /// Applies a committed act to this replica. `false` when it changed nothing.
    fn apply(&self, acted: &Acted, what: &'static str) -> bool {
        if let Some(cutoff) = acted.cutoff {
            self.revocations.cut_off(cutoff);
        }
        if acted.changed {
            self.outbox.wake();
            tracing::info!(audit = true, user.id = %acted.user.key.id, "{what} by an operator");
        }
        acted.changed
    }
}
