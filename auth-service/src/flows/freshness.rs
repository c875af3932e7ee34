//! What a stolen token must not be enough for: it takes a sign-in of the last minutes.

use chrono::TimeDelta;
use contracts::ids::SessionId;

use crate::state::AppState;
use crate::storage::StorageError;

/// How long after a sign-in its session counts as fresh. A token that was stolen later is of no use, and refreshing it makes no
/// session fresh.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// `true` when the session began lately; `None` when there is no such session.
pub(super) async fn is_fresh(state: &AppState, session: SessionId) -> Result<Option<bool>, StorageError> {
    let found = state.store.find_session(session).await?;
    Ok(found.map(|found| state.now() <= found.created_at + FRESH))
}
