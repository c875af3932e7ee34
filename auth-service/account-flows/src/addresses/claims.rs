//! "Not me": an address is freed by the link of a mail that was sent to it.

use account_storage::FreeClaimOutcome;
use accounts::Email;
use service_kit::database::DatabaseError;

use super::ownership::Addresses;

impl Addresses {
    /// Frees the address of a mail, if it is claimed and not proved. The account loses the address and only that. The
    /// client must name it: programs that press buttons in mails do not know it. `false` when there is nothing to free.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn free_claim(&self, link: &str, email: &Email) -> Result<bool, DatabaseError> {
        let outcome = self.store.free_claimed_email(&self.mailer, (link, email), self.clock.now()).await?;
        let is_freed = outcome == FreeClaimOutcome::Freed;
        if is_freed {
            tracing::info!(audit = true, "a claimed e-mail was freed by the owner of the mailbox");
        }
        Ok(is_freed)
    }
}
