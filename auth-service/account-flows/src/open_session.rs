//! Opening a session for an authenticated user.

use accounts::{ClientLocation, EndReason, NewSession, SignIn, SignInMethod, SignInResult, User};
use contracts::auth::devices::Device;
use contracts::ids::SessionId;

use super::current_user::CurrentUser;
use super::sessions::Sessions;
use super::token_pair::{IssueError, TokenPair};

/// Device, location and method of a successful sign-in.
#[derive(Debug)]
pub(super) struct NewSignIn {
    pub device: Device,
    pub location: ClientLocation,
    pub method: SignInMethod,
}

impl Sessions {
    /// Opens a session and records the sign-in in the history.
    pub(super) async fn open(&self, user: User, sign_in: NewSignIn) -> Result<(CurrentUser, TokenPair), IssueError> {
        let now = self.clock.now();
        let token_version = self.store.find_token_version(user.key.id).await?; // before the roles: see `CurrentUser`
        let roles = self.store.list_roles_of(user.key.id).await?;
        let first = self.refresh_tokens.first(SessionId::new()).ok_or(IssueError::NoRandom)?;
        let session = NewSession {
            id: first.session(),
            user: user.key,
            device: sign_in.device,
            refresh_hash: first.hash(),
            created_at: now,
            expires_at: self.refresh_end(now, now),
        };
        let entry = SignIn {
            user_id: user.key.id,
            at: now,
            device: session.device.kind,
            location: sign_in.location,
            method: sign_in.method,
            result: SignInResult::Success,
            session_id: Some(session.id),
        };
        let current = CurrentUser { user, roles, token_version };
        // Signed before it is written: without a signing key no unused session is left behind.
        let pair = self.issue(&current, &first, session.expires_at, now)?;
        let Some(ended) = self.store.insert_session(&session, &entry).await? else { return Err(IssueError::Inactive) };
        for ended in ended {
            self.revocations.end_session(ended, now);
            tracing::info!(session.id = %ended, reason = EndReason::LimitReached.as_str(), "session ended");
        }
        tracing::info!(user.id = %current.user.key.id, session.id = %session.id, "signed in");
        Ok((current, pair))
    }

    /// Opens the first session of a new account: its password is not verified again.
    ///
    /// # Errors
    /// [`IssueError`]; the account exists nevertheless.
    pub async fn open_first(
        &self,
        user: User,
        device: Device,
        location: ClientLocation,
    ) -> Result<(CurrentUser, TokenPair), IssueError> {
        self.open(user, NewSignIn { device, location, method: SignInMethod::Password }).await
    }
}
