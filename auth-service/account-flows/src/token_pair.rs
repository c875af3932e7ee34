//! An access token and a refresh token for a session.

use account_storage::InsertSessionError;
use accounts::SessionGrant;
use chrono::{DateTime, Utc};
use contracts::Secret;
use contracts::auth::permissions::FILMS_PLAY_SUBSCRIPTION;
use contracts::ids::SessionId;
use credentials::keys::KeyError;
use credentials::tokens::RefreshToken;
use service_kit::database::DatabaseError;

use super::current_user::CurrentUser;
use super::sessions::Sessions;
use super::token_target::TokenTarget;

/// Tokens issued to a client.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// A JWT.
    pub access: Secret,
    /// Lifetime of the access token in seconds.
    pub access_seconds: u64,
    /// An opaque token.
    pub refresh: Secret,
    /// Lifetime of the refresh token in seconds.
    pub refresh_seconds: u64,
    /// The session of both.
    pub session_id: SessionId,
    /// Scopes of the access token.
    pub scope: Option<String>,
}

/// Reasons why no tokens could be issued to an authenticated user.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// SQL failed.
    #[error("tokens could not be made")]
    Storage(#[from] DatabaseError),
    /// There is no key to sign with.
    #[error("tokens could not be signed")]
    Keys(#[from] KeyError),
    /// The system has no random bytes.
    #[error("there are no random bytes")]
    NoRandom,
    /// The account was disabled or deleted meanwhile.
    #[error("the account is disabled or deleted")]
    Inactive,
    /// The account has another hash than the one that was verified.
    #[error("the password has another hash")]
    HashReplaced,
}

impl From<InsertSessionError> for IssueError {
    fn from(error: InsertSessionError) -> Self {
        match error {
            InsertSessionError::Inactive => Self::Inactive,
            InsertSessionError::HashReplaced => Self::HashReplaced,
            InsertSessionError::Storage(source) => Self::Storage(source),
        }
    }
}

/// Session for which tokens are issued.
#[derive(Debug, Clone, Copy)]
pub(super) struct TokenHolder<'a> {
    /// Client and rights of the session.
    pub grant: &'a SessionGrant,
    /// Audience and scope.
    pub target: &'a TokenTarget,
    /// Expiry of the refresh token.
    pub refresh_ends: DateTime<Utc>,
}

impl Sessions {
    /// Issues the pair of `refresh` for a user that was just read.
    pub(super) fn issue(
        &self,
        current: &CurrentUser,
        refresh: &RefreshToken,
        holder: TokenHolder<'_>,
        now: DateTime<Utc>,
    ) -> Result<TokenPair, IssueError> {
        let key = current.user.key;
        let mut claims =
            self.access_tokens.claims(key.id, key.cell.number(), refresh.session(), current.token_version, now);
        let viewer_only = holder.grant.viewer_only;
        claims.roles = if viewer_only { self.roles_of_viewers(&current.roles) } else { current.roles.clone() };
        claims.client_id.clone_from(&holder.grant.client_id);
        claims.aud = holder.target.audience.clone();
        claims.scope.clone_from(&holder.target.scope);
        claims.region.clone_from(&current.user.region);
        let (region_map, region) = (self.region_map.load(), current.user.region.as_deref());
        claims.age = current.user.birth_date.map(|born| born.age_on(region_map.today(region, now)));
        claims.age_limit = claims.age.map(|age| region_map.age_limit(region, age));
        let seconds = |span: chrono::TimeDelta| u64::try_from(span.num_seconds()).unwrap_or(0);
        Ok(TokenPair {
            access: self.access_tokens.sign(&claims, now)?,
            access_seconds: seconds(self.access_tokens.ttl()),
            refresh: self.refresh_tokens.write(refresh),
            refresh_seconds: seconds(holder.refresh_ends - now),
            session_id: refresh.session(),
            scope: claims.scope,
        })
    }

    /// Those of `roles` that allow nothing beyond playing films; none before permissions have been read.
    fn roles_of_viewers(&self, roles: &[String]) -> Vec<String> {
        let role_map = self.role_map.load();
        let is_of_viewers = |role: &&String| {
            let permissions = role_map.permissions_of(std::slice::from_ref(*role));
            permissions.iter().all(|permission| permission == FILMS_PLAY_SUBSCRIPTION)
        };
        roles.iter().filter(|_| role_map.is_loaded()).filter(is_of_viewers).cloned().collect()
    }

    /// Expiry of a refresh token issued at `now` in a session created at `began`: its own lifetime, limited by that of
    /// the session.
    pub(super) fn refresh_end(&self, began: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        let idle = now + self.lifetimes.refresh_token;
        idle.min(began + self.lifetimes.session)
    }
}
