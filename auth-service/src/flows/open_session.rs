//! Opening a session for an authenticated user.

use contracts::auth::devices::Device;
use contracts::ids::SessionId;

use super::current_user::CurrentUser;
use super::token_pair::{IssueError, TokenPair, issue, refresh_end};
use crate::domain::{ClientLocation, NewSession, SignIn, SignInMethod, SignInResult, User};
use crate::state::AppState;

/// Device, location and method of a successful sign-in.
#[derive(Debug)]
pub(super) struct NewSignIn {
    pub device: Device,
    pub place: ClientLocation,
    pub method: SignInMethod,
}

/// Opens a session and records the sign-in in the history.
pub(super) async fn open_session(
    state: &AppState,
    user: User,
    sign_in: NewSignIn,
) -> Result<(CurrentUser, TokenPair), IssueError> {
    let now = state.now();
    let token_version = state.store.find_token_version(user.key.id).await?; // before the roles: see `CurrentUser`
    let roles = state.store.list_roles_of(user.key.id).await?;
    let first = state.refresh_tokens.first(SessionId::new()).ok_or(IssueError::NoRandom)?;
    let session = NewSession {
        id: first.session(),
        user: user.key,
        device: sign_in.device,
        refresh_hash: first.hash(),
        created_at: now,
        expires_at: refresh_end(state, now, now),
    };
    let entry = SignIn {
        user_id: user.key.id,
        at: now,
        device: session.device.kind,
        place: sign_in.place,
        method: sign_in.method,
        result: SignInResult::Success,
        session_id: Some(session.id),
    };
    let current = CurrentUser { user, roles, token_version };
    // Signed before it is written: without a signing key no unused session is left behind.
    let pair = issue(state, &current, &first, session.expires_at, now)?;
    state.store.insert_session(&session, &entry).await?;
    tracing::info!(user.id = %current.user.key.id, session.id = %session.id, "signed in");
    Ok((current, pair))
}
