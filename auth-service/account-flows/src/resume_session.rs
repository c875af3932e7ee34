//! Resuming a session without a token, by a browser's cookie.

use accounts::{UserKey, UserStatus};
use chrono::TimeDelta;
use contracts::ids::SessionId;
use service_kit::database::DatabaseError;

use super::current_user::{CurrentUser, find_current_user};
use super::sessions::Sessions;

/// Precision of the last use of a session. Recording each request would turn every page view into a write.
const PRECISION: TimeDelta = TimeDelta::hours(1);

impl Sessions {
    /// The user of an active session, if it belongs to `user`. The database decides at each request: sessions ended on
    /// another device have ended here. Use of a session extends its expiry, as a refresh does.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn resume(&self, session: SessionId, user: UserKey) -> Result<Option<CurrentUser>, DatabaseError> {
        let now = self.clock.now();
        let Some(found) = self.store.find_session(session).await? else { return Ok(None) };
        let ended =
            found.ended_at.is_some() || found.expires_at <= now || found.created_at + self.lifetimes.session <= now;
        if ended || found.user.id != user.id {
            return Ok(None);
        }
        let current = find_current_user(&self.store, user).await?;
        let current = current.filter(|current| current.user.status == UserStatus::Active);
        let idle_since = now - PRECISION;
        if current.is_some() && found.last_used_at <= idle_since {
            let expires_at = self.refresh_end(found.created_at, now);
            self.store.touch_session(session, idle_since, now, expires_at).await?;
        }
        Ok(current)
    }
}
