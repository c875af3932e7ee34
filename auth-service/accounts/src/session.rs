//! A signed-in session: one device, one chain of refresh tokens.

use chrono::{DateTime, Utc};
use contracts::auth::devices::Device;
use contracts::ids::SessionId;
use credentials::hashing::PasswordHash;
use credentials::tokens::SecretHash;

use super::{Cell, ClientLocation, LateUses, Repeats, UserKey};

/// Maximum number of live sessions of an account. A sign-in beyond it ends the one that was not used for the longest time.
/// A device in use is never that one, and the whole list fits into one answer.
pub const MAX_SESSIONS: u64 = 100;

/// Reason of an early end of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Its owner logged out.
    LoggedOut,
    /// One of its refresh tokens was reused after its successor, or late too often: it was probably copied.
    Replay,
    /// The account was disabled.
    UserDisabled,
    /// The account was deleted.
    UserDeleted,
    /// The password was changed in another session.
    PasswordChanged,
    /// An operator ended all sessions of the account.
    EndedByOperator,
    /// A sign-in would have made more than [`MAX_SESSIONS`].
    LimitReached,
    /// The OAuth client to which its tokens were issued was deleted.
    ClientDeleted,
}

impl EndReason {
    /// Name for logs and history.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::Replay => "replay",
            Self::UserDisabled => "user_disabled",
            Self::UserDeleted => "user_deleted",
            Self::PasswordChanged => "password_changed",
            Self::EndedByOperator => "ended_by_operator",
            Self::LimitReached => "limit_reached",
            Self::ClientDeleted => "client_deleted",
        }
    }
}

/// A session that is about to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id, claim `sid` of its access tokens.
    pub id: SessionId,
    /// The owner.
    pub user: UserKey,
    /// Device as reported by the client.
    pub device: Device,
    /// Hash of the first refresh token's secret; its generation is 0.
    pub refresh_hash: SecretHash,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Expiry of the refresh token unless it is used.
    pub expires_at: DateTime<Utc>,
    /// Hash against which the password was verified; `None` for other ways in.
    pub verified_hash: Option<PasswordHash>,
    /// Its client, and the rights of its tokens.
    pub grant: SessionGrant,
}

/// Client of a session, and the rights of its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionGrant {
    /// OAuth client.
    pub client_id: String,
    /// `true` when its tokens carry roles of viewers only.
    pub viewer_only: bool,
    /// Scopes, separated by spaces; `None` for none.
    pub scope: Option<String>,
    /// The resource that was asked for; `None` for those of the client.
    pub resource: Option<String>,
}

impl SessionGrant {
    /// All that this client gets, with all roles of the user and without a scope.
    pub fn of(client_id: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), viewer_only: false, scope: None, resource: None }
    }
}

/// A stored session.
#[derive(Debug, Clone)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// The owner. The cell is the user's cell at the last refresh.
    pub user: UserKey,
    /// Device as reported by the client.
    pub device: Device,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of last use.
    pub last_used_at: DateTime<Utc>,
    /// Expiry of the current refresh token unless it is used.
    pub expires_at: DateTime<Utc>,
    /// Time of an early end.
    pub ended_at: Option<DateTime<Utc>>,
    /// Generation of the current refresh token.
    pub generation: u32,
    /// Hash of the current refresh token's secret.
    pub refresh_hash: SecretHash,
    /// Hash of the secret before that.
    pub previous_hash: Option<SecretHash>,
    /// Time at which the current refresh token was issued.
    pub rotated_at: DateTime<Utc>,
    /// Uses of the token before it after the grace period.
    pub late_uses: LateUses,
    /// Repeated uses of replaced tokens, within the grace period and after it.
    pub repeats: Repeats,
    /// Its client, and the rights of its tokens.
    pub grant: SessionGrant,
}

/// An active session, as shown to its owner.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Its id.
    pub id: SessionId,
    /// Device as reported by the client.
    pub device: Device,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of last use.
    pub last_used_at: DateTime<Utc>,
    /// Location of the last sign-in or resumption, if known.
    pub location: ClientLocation,
}

/// Rotation of a refresh token (RFC 9700 §4.14.2).
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The session.
    pub id: SessionId,
    /// Generation of the token that is replaced.
    pub from_generation: u32,
    /// Hash of the token that is replaced.
    pub from_hash: SecretHash,
    /// The hash of the successor's secret.
    pub to_hash: SecretHash,
    /// Time of the rotation.
    pub at: DateTime<Utc>,
    /// Expiry of the successor unless it is used.
    pub expires_at: DateTime<Utc>,
    /// The user's current cell.
    pub cell: Cell,
}
