//! Step-up check: actions that require a recent sign-in, because a stolen token must not be sufficient.

use chrono::TimeDelta;
use contracts::ids::SessionId;

use crate::state::AppState;
use crate::storage::StorageError;

/// Time after a sign-in during which its session counts as fresh. Tokens stolen later are of no use for these actions,
/// and a refresh does not make a session fresh.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// `true` when the session was created recently; `None` when there is no such session.
pub(super) async fn is_fresh(state: &AppState, session: SessionId) -> Result<Option<bool>, StorageError> {
    let found = state.store.find_session(session).await?;
    Ok(found.map(|found| state.now() <= found.created_at + FRESH))
}
