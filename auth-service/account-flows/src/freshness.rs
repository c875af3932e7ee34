//! Step-up check: actions that require a recent sign-in, because a stolen token must not be sufficient.

use chrono::TimeDelta;
use contracts::ids::SessionId;
use service_kit::database::DatabaseError;
use token_verifier::CLIENT_ID;

use super::sessions::Sessions;

/// Time after a sign-in during which its session counts as fresh. Tokens stolen later are of no use for these actions,
/// and a refresh does not make a session fresh.
const FRESH: TimeDelta = TimeDelta::minutes(10);

impl Sessions {
    /// `true` when the session was created recently; `None` when there is no such session. That of another client never is:
    /// its user approved a code on another device, or had signed in to the browser long before.
    pub(super) async fn is_fresh(&self, session: SessionId) -> Result<Option<bool>, DatabaseError> {
        let found = self.store.find_session(session).await?;
        Ok(found.map(|found| {
            found.grant.client_id == CLIENT_ID
                && !found.grant.viewer_only
                && self.clock.now() <= found.created_at + FRESH
        }))
    }
}
