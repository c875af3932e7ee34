//! Hourly work on addresses: applies changes after their week, and expires claims. All replicas may run it: each account
//! is decided in one transaction, under its locks.

use std::sync::Arc;
use std::time::Duration;

use account_storage::{ClaimPolicy, CodeMailer, Store};
use contracts::ids::UserId;
use futures_util::future::join_all;
use service_kit::Clock;
use service_kit::database::DatabaseError;
use token_verifier::Revocations;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::ownership::Addresses;
use crate::social::ProviderGrants;

/// Delay of the first run after the start, so that requests are served first.
const FIRST_DELAY: Duration = Duration::from_secs(30);
/// Time between runs.
const INTERVAL: Duration = Duration::from_secs(60 * 60);
/// Jitter of each run, so that replicas do not run at once.
const JITTER: Duration = Duration::from_secs(5 * 60);
/// Rows read by one statement.
const PAGE: u64 = 500;

/// Work on addresses beside the running server.
#[derive(Clone)]
pub struct AddressMaintenance {
    store: Store,
    mailer: CodeMailer,
    grants: Arc<ProviderGrants>,
    revocations: Arc<Revocations>,
    clock: Arc<dyn Clock>,
    policy: ClaimPolicy,
    /// `false` where mails are written to files: users would not get a warning, so no claim expires for lack of use.
    warns: bool,
}

impl AddressMaintenance {
    /// A worker that has not run yet. `warns` is `false` where mails are written to files.
    pub fn new(addresses: &Addresses, policy: ClaimPolicy, warns: bool) -> Self {
        Self {
            store: addresses.store.for_batch(),
            mailer: addresses.mailer.clone(),
            grants: Arc::clone(&addresses.grants),
            revocations: Arc::clone(&addresses.revocations),
            clock: Arc::clone(&addresses.clock),
            policy,
            warns,
        }
    }

    /// Works once an hour. Safe to cancel at any point: work that has begun ends with its account.
    pub async fn run(self) {
        tokio::time::sleep(with_jitter(FIRST_DELAY)).await;
        loop {
            // Transactions stay on their thread, and tasks of the server do not.
            let (worker, runtime) = (self.clone(), Handle::current());
            match spawn_blocking(move || runtime.block_on(worker.run_once())).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => warn(&error),
                Err(error) => warn(&error),
            }
            tokio::time::sleep(with_jitter(INTERVAL)).await;
        }
    }

    /// Applies due changes, warns idle claims, and deletes those that were warned.
    ///
    /// # Errors
    /// When the database is unavailable; what was done before stays done.
    pub async fn run_once(&self) -> Result<(), DatabaseError> {
        self.apply_changes().await?;
        if self.warns {
            self.warn_claims().await?;
        }
        self.delete_claims().await?;
        self.mailer.wake();
        Ok(())
    }

    async fn apply_changes(&self) -> Result<(), DatabaseError> {
        for user in self.store.list_due_email_changes(self.clock.now()).await? {
            if self.store.apply_due_email_change(&self.mailer, user, self.clock.now()).await? {
                tracing::info!(audit = true, user.id = %user, "e-mail changed after a week");
            }
        }
        Ok(())
    }

    async fn warn_claims(&self) -> Result<(), DatabaseError> {
        let (mut after, mut warned): (Option<String>, _) = (None, 0);
        loop {
            let now = self.clock.now();
            let page = self.store.list_idle_claims(after.as_deref(), PAGE, self.policy, now).await?;
            for (email, owner) in &page.idle {
                if warned == self.policy.warnings_per_hour {
                    return Ok(()); // the others are warned in the next hours
                }
                let is_warned = self.store.warn_idle_claim(&self.mailer, (email, *owner), self.policy, now).await?;
                warned += u32::from(is_warned);
            }
            match page.last {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    async fn delete_claims(&self) -> Result<(), DatabaseError> {
        for user in self.store.list_due_claims(self.clock.now(), PAGE).await? {
            self.delete_claim(user).await?;
        }
        Ok(())
    }

    async fn delete_claim(&self, user: UserId) -> Result<(), DatabaseError> {
        let now = self.clock.now();
        let Some(deleted) = self.store.delete_due_claim(user, self.policy, now).await? else { return Ok(()) };
        self.revocations.cut_off(deleted.cutoff);
        for session in &deleted.sessions {
            self.revocations.end_session(*session, now);
        }
        tracing::info!(audit = true, user.id = %user, "unused account deleted");
        join_all(deleted.identities.iter().map(|identity| self.grants.withdraw(identity))).await;
        Ok(())
    }
}

fn warn(error: &dyn std::error::Error) {
    let cause = error.source().map(ToString::to_string);
    tracing::warn!(%error, cause, "the work on addresses failed; it is tried again within an hour or so");
}

fn with_jitter(delay: Duration) -> Duration {
    delay + JITTER.mul_f64(rand::random::<f64>())
}
