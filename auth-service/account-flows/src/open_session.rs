//! Opening a session for an authenticated user.

use account_storage::RoleSnapshot;
use accounts::{ClientLocation, EndReason, NewSession, SessionGrant, SignIn, SignInMethod, SignInResult, User};
use chrono::{DateTime, Utc};
use contracts::auth::devices::Device;
use contracts::ids::SessionId;
use credentials::hashing::PasswordHash;
use token_verifier::CLIENT_ID;

use super::current_user::CurrentUser;
use super::sessions::Sessions;
use super::token_pair::{IssueError, TokenHolder, TokenPair};
use super::token_target::TokenTarget;

/// Device, location and method of a successful sign-in.
#[derive(Debug, Clone)]
pub(super) struct NewSignIn {
    pub device: Device,
    pub location: ClientLocation,
    pub method: SignInMethod,
    /// Hash against which the password was verified, which must be that of the account still.
    pub verified_hash: Option<PasswordHash>,
}

impl Sessions {
    /// Opens a session and records the sign-in in the history.
    pub(super) async fn open(&self, user: User, sign_in: NewSignIn) -> Result<(CurrentUser, TokenPair), IssueError> {
        let now = self.clock.now();
        let RoleSnapshot { roles, token_version } = self.store.find_role_snapshot(user.key.id).await?;
        let first = self.refresh_tokens.first(SessionId::new()).ok_or(IssueError::NoRandom)?;
        let session = NewSession {
            id: first.session(),
            user: user.key,
            device: sign_in.device,
            refresh_hash: first.hash(),
            created_at: now,
            expires_at: self.refresh_end(now, now),
            verified_hash: sign_in.verified_hash,
            grant: SessionGrant::of(CLIENT_ID),
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
        let target = TokenTarget { audience: self.resources.default_audience(), scope: None };
        let holder = TokenHolder { grant: &session.grant, target: &target, refresh_ends: session.expires_at };
        let pair = self.issue(&current, &first, holder, now)?;
        let ended = self.store.insert_session(&session, &entry).await?;
        self.revoke_surplus(&ended, now);
        tracing::info!(user.id = %current.user.key.id, session.id = %session.id, "signed in");
        Ok((current, pair))
    }

    /// Revokes the access tokens of sessions that ended because another one was opened.
    pub(super) fn revoke_surplus(&self, ended: &[SessionId], now: DateTime<Utc>) {
        for session in ended {
            self.revocations.end_session(*session, now);
            tracing::info!(session.id = %session, reason = EndReason::LimitReached.as_str(), "session ended");
        }
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
        let sign_in = NewSignIn { device, location, method: SignInMethod::Password, verified_hash: None };
        self.open(user, sign_in).await
    }
}
