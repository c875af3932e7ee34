//! Resuming a session without a token, by a browser's cookie.

use chrono::TimeDelta;
use contracts::ids::SessionId;

use super::current_user::{CurrentUser, find_current_user};
use super::token_pair::refresh_end;
use crate::domain::{UserKey, UserStatus};
use crate::state::AppState;
use crate::storage::StorageError;

/// Precision of the last use of a session. Recording each request would turn every page view into a write.
const PRECISION: TimeDelta = TimeDelta::hours(1);

/// The user of an active session, if it belongs to `user`. The database decides at each request: sessions ended on
/// another device have ended here. Use of a session extends its expiry, as a refresh does.
///
/// # Errors
/// When the database is unavailable.
pub async fn resume_session(
    state: &AppState,
    session: SessionId,
    user: UserKey,
) -> Result<Option<CurrentUser>, StorageError> {
    let now = state.now();
    let Some(found) = state.store.find_session(session).await? else { return Ok(None) };
    let ended =
        found.ended_at.is_some() || found.expires_at <= now || found.created_at + state.lifetimes.session <= now;
    if ended || found.user.id != user.id {
        return Ok(None);
    }
    let current = find_current_user(&state.store, user).await?;
    let current = current.filter(|current| current.user.status == UserStatus::Active);
    let idle_since = now - PRECISION;
    if current.is_some() && found.last_used_at <= idle_since {
        let expires_at = refresh_end(state, found.created_at, now);
        state.store.touch_session(session, idle_since, now, expires_at).await?;
    }
    Ok(current)
}
