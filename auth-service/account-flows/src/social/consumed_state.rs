//! A consumed login state, while the provider is called.

use account_storage::Store;
use chrono::{DateTime, Utc};
use social_providers::CodeUse;
use uuid::Uuid;

use super::error::SocialError;
use super::login_state::LoginState;

/// A consumed login state. Unless the code has been sent to the provider it is restored, on every error and when the
/// request is dropped because its connection broke: the same callback works again. A code that was sent is used up, and
/// its login state with it.
#[must_use = "a login state is restored unless it is kept"]
pub(super) struct ConsumedState<'a> {
    store: Store,
    id: Uuid,
    code_use: &'a CodeUse,
    is_decided: bool,
}

impl<'a> ConsumedState<'a> {
    /// Consumes a login state: exactly one of concurrent calls succeeds.
    pub async fn consume(
        store: &Store,
        login_state: &LoginState,
        code_use: &'a CodeUse,
        now: DateTime<Utc>,
    ) -> Result<Self, SocialError> {
        let spent = store.consume_one_time_value(login_state.id, login_state.expires_at, now).await;
        match spent.map_err(|error| SocialError::Repeatable(Box::new(error.into())))? {
            true => Ok(Self { store: store.clone(), id: login_state.id, code_use, is_decided: false }),
            false => Err(SocialError::TicketSpent),
        }
    }

    /// Keeps it consumed: the provider has identified the user.
    pub fn keep(mut self) {
        self.is_decided = true;
    }

    /// Handles a failed identification. Returns the error, marked as repeatable when the same callback can be sent
    /// again.
    pub async fn fail(mut self, error: SocialError) -> SocialError {
        if self.code_use.is_sent() {
            return error;
        }
        let restored = self.store.restore_one_time_value(self.id).await;
        self.is_decided = true;
        match restored {
            Ok(()) => SocialError::Repeatable(Box::new(error)),
            Err(cause) => {
                tracing::warn!(error = %cause, "a login state stays consumed, although nothing was done for it");
                error
            }
        }
    }
}

impl Drop for ConsumedState<'_> {
    fn drop(&mut self) {
        if self.is_decided || self.code_use.is_sent() {
            return;
        }
        // Handlers are dropped on a thread of the server; outside of a runtime the sign-in has to start again.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (store, id) = (self.store.clone(), self.id);
            runtime.spawn(async move {
                if let Err(error) = store.restore_one_time_value(id).await {
                    tracing::warn!(%error, "a login state stays consumed, although nothing was done for it");
                }
            });
        }
    }
}
