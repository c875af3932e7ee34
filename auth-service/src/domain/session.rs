//! A signed-in session: one device, one chain of refresh tokens.

use chrono::{DateTime, Utc};
use contracts::auth::sessions::Device;
use contracts::ids::SessionId;

use super::{Cell, ClientLocation, UserKey};

/// SHA-256 of a refresh token's secret.
pub type SecretHash = [u8; 32];

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Its owner signed out.
    LoggedOut,
    /// One of its refresh tokens was used again after the grace: somebody has a copy.
    Replay,
    /// The account was closed.
    UserDisabled,
    /// The account was deleted.
    UserDeleted,
    /// The password was changed in another session.
    PasswordChanged,
}

impl EndReason {
    /// The word for logs and history.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::Replay => "replay",
            Self::UserDisabled => "user_disabled",
            Self::UserDeleted => "user_deleted",
            Self::PasswordChanged => "password_changed",
        }
    }
}

/// A session that is about to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id, claim `sid` of its access tokens.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserKey,
    /// What the client says it runs on.
    pub device: Device,
    /// Hash of the first refresh token's secret; its generation is 0.
    pub refresh_hash: SecretHash,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When the refresh token ends unless it is used.
    pub expires_at: DateTime<Utc>,
}

/// What storage knows of a session.
#[derive(Debug, Clone)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// Whose it is. The cell is where the user lived when it was last refreshed.
    pub user: UserKey,
    /// What the client said it runs on.
    pub device: Device,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub last_used_at: DateTime<Utc>,
    /// When the current refresh token ends unless it is used.
    pub expires_at: DateTime<Utc>,
    /// When it was ended before its time.
    pub ended_at: Option<DateTime<Utc>>,
    /// Generation of the current refresh token.
    pub generation: u32,
    /// Hash of the current refresh token's secret.
    pub refresh_hash: SecretHash,
    /// Hash of the secret before that.
    pub previous_hash: Option<SecretHash>,
    /// When the current refresh token was made.
    pub rotated_at: DateTime<Utc>,
}

/// A session that goes on, as its owner sees it.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Its id.
    pub id: SessionId,
    /// What the client said it runs on.
    pub device: Device,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was used last.
    pub last_used_at: DateTime<Utc>,
    /// Where it signed in or came back last, as far as known.
    pub place: ClientLocation,
}

/// One step from a refresh token to its successor.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// Which session.
    pub id: SessionId,
    /// The generation that is traded in.
    pub from_generation: u32,
    /// The hash that is traded in.
    pub from_hash: SecretHash,
    /// The hash of the successor's secret.
    pub to_hash: SecretHash,
    /// Now.
    pub at: DateTime<Utc>,
    /// When the successor ends unless it is used.
    pub expires_at: DateTime<Utc>,
    /// Where the user lives by now.
    pub cell: Cell,
}
