//! Refresh token rotation (RFC 9700 §4.14.2): at most one successor, also for concurrent requests.
//!
//! A replaced token gets the same successor again as long as that one has not been used: within the grace period without
//! more ado, later a bounded number of times ([`LateUses`](accounts::LateUses)). Everything older is a replay. Too
//! many repeats within a day raise an alarm ([`Repeats`](accounts::Repeats)).

use accounts::{
    ClientContext, ClientLocation, EndReason, Rotation, SessionRecord, SignIn, SignInMethod, SignInResult, UserStatus,
};
use chrono::{DateTime, Utc};
use credentials::tokens::RefreshToken;
use mailer::Notification;
use service_kit::database::DatabaseError;
use subtle::ConstantTimeEq;

use super::current_user::{CurrentUser, find_current_user};
use super::metrics;
use super::notify_owner::owner_mail;
use super::sessions::Sessions;
use super::token_pair::{IssueError, TokenHolder, TokenPair};
use super::token_target::{TokenRequest, TokenTarget, TokenTargetError};

/// Maximum number of attempts after a lost race. A race is lost to a rotation or to a late use, after which the next
/// attempt finds the token in its grace period, counted, or replayed; a third one would be needed only if the clock
/// stood still.
const MAX_ATTEMPTS: u32 = 4;

/// Reasons why no new pair was issued.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Not issued here, expired, or of an ended session.
    #[error("the refresh token is not valid")]
    Invalid,
    /// Reused although its successor had been used, or late too often. The session has been ended.
    #[error("the refresh token was used before")]
    Replayed,
    /// SQL failed.
    #[error("the session could not be read or written")]
    Storage(#[from] DatabaseError),
    /// The tokens cannot be for what was asked for; the refresh token stays good.
    #[error(transparent)]
    Target(#[from] TokenTargetError),
    /// No tokens could be issued.
    #[error("the next pair could not be made")]
    Issue(#[from] IssueError),
}

/// State of a presented refresh token.
#[derive(Debug, PartialEq, Eq)]
enum RefreshTokenState {
    /// The current one.
    Current,
    /// Its successor was issued within the grace period; the client may not have received it.
    InGrace,
    /// Its successor was issued before that, and has not been used.
    Late,
    /// Its successor has been used.
    Replayed,
    /// Not valid.
    Invalid,
}

impl Sessions {
    /// Exchanges a refresh token for a new pair, for the OAuth client to which it was issued (RFC 6749 §6). The owner is
    /// notified of a replay.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh(
        &self,
        text: &str,
        request: TokenRequest<'_>,
        client: &ClientContext,
    ) -> Result<TokenPair, RefreshError> {
        let token = self.refresh_tokens.read(text).ok_or(RefreshError::Invalid)?;
        let next = self.refresh_tokens.next(&token).ok_or(RefreshError::Invalid)?;
        for _ in 0..MAX_ATTEMPTS {
            let now = self.clock.now();
            let session = self.store.find_session(token.session()).await?.ok_or(RefreshError::Invalid)?;
            if session.grant.client_id != request.client.id {
                return Err(RefreshError::Invalid);
            }
            let state = self.classify(&session, &token, now);
            let target = match state {
                RefreshTokenState::Invalid => return Err(RefreshError::Invalid),
                RefreshTokenState::Replayed => return self.end_replayed(&session, client, now).await,
                _ => self.target(request, &session.grant)?,
            };
            match state {
                RefreshTokenState::Invalid | RefreshTokenState::Replayed => return Err(RefreshError::Invalid),
                RefreshTokenState::InGrace => {
                    let pair = self.repeat(&session, &next, &target, now).await?;
                    self.count_repeat(&session, now).await;
                    return Ok(pair);
                }
                RefreshTokenState::Late => {
                    let Ok(uses) = session.late_uses.with(session.generation, now) else {
                        return self.end_replayed(&session, client, now).await;
                    };
                    // Issued first: what cannot be answered is not counted.
                    let pair = self.repeat(&session, &next, &target, now).await?;
                    if uses == session.late_uses || self.store.record_late_use(&session, uses).await? {
                        tracing::info!(session.id = %session.id, uses = uses.count, "a refresh token was used late");
                        self.count_repeat(&session, now).await;
                        return Ok(pair);
                    }
                }
                RefreshTokenState::Current => {
                    let current = self.user_of(&session, now).await?;
                    let expires_at = self.refresh_end(session.created_at, now);
                    // Signed before it is written: without a signing key the old token stays the current one.
                    let pair = self.issue(&current, &next, holder_of(&session, &target, expires_at), now)?;
                    let rotation = Rotation {
                        id: session.id,
                        from_generation: token.generation(),
                        from_hash: token.hash(),
                        to_hash: next.hash(),
                        at: now,
                        expires_at,
                        cell: current.user.key.cell,
                    };
                    if self.rotate(&session, &rotation, &client.location).await? {
                        return Ok(pair);
                    }
                }
            }
        }
        Err(RefreshError::Invalid)
    }

    /// Issues the successor of a replaced token once more.
    async fn repeat(
        &self,
        session: &SessionRecord,
        next: &RefreshToken,
        target: &TokenTarget,
        now: DateTime<Utc>,
    ) -> Result<TokenPair, RefreshError> {
        let current = self.user_of(session, now).await?;
        Ok(self.issue(&current, next, holder_of(session, target, session.expires_at), now)?)
    }

    /// Counts a repeat, and raises the alarm of the session at the last one that is counted. Without the database the
    /// client gets its tokens all the same.
    async fn count_repeat(&self, session: &SessionRecord, now: DateTime<Utc>) {
        let Some(repeats) = session.repeats.with(now) else { return };
        match self.store.record_repeat(session, repeats).await {
            Ok(true) if repeats.is_alarm() => {
                metrics::record_repeat_alarm();
                tracing::warn!(
                    audit = true,
                    user.id = %session.user.id,
                    session.id = %session.id,
                    repeats = repeats.count,
                    "refresh tokens of this session are used twice again and again; they may have been copied"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, session.id = %session.id, "a repeat was not counted"),
        }
    }

    fn classify(&self, session: &SessionRecord, token: &RefreshToken, now: DateTime<Utc>) -> RefreshTokenState {
        if session.ended_at.is_some() || session.expires_at <= now || session.created_at + self.lifetimes.session <= now
        {
            return RefreshTokenState::Invalid;
        }
        let hash = token.hash();
        let is = |known: &[u8; 32]| bool::from(hash.ct_eq(known));
        if token.generation() == session.generation {
            return if is(&session.refresh_hash) { RefreshTokenState::Current } else { RefreshTokenState::Invalid };
        }
        if token.generation() > session.generation {
            // Only after a restore from a backup is the database behind its tokens.
            return RefreshTokenState::Invalid;
        }
        let previous = token.generation() + 1 == session.generation && session.previous_hash.as_ref().is_some_and(is);
        if !previous {
            return RefreshTokenState::Replayed;
        }
        let in_grace = now < session.rotated_at + self.lifetimes.refresh_grace;
        if in_grace { RefreshTokenState::InGrace } else { RefreshTokenState::Late }
    }

    /// The session's user, unless the account has been disabled, which ends the session.
    async fn user_of(&self, session: &SessionRecord, now: DateTime<Utc>) -> Result<CurrentUser, RefreshError> {
        let current = find_current_user(&self.store, session.user).await?;
        match current {
            Some(current) if current.user.status == UserStatus::Active => Ok(current),
            _ => {
                self.end_early(session, EndReason::UserDisabled, now).await?;
                Err(RefreshError::Invalid)
            }
        }
    }

    async fn rotate(
        &self,
        session: &SessionRecord,
        rotation: &Rotation,
        location: &ClientLocation,
    ) -> Result<bool, DatabaseError> {
        // With a valid access token this is an ordinary refresh; after its expiry the device resumes the session.
        let resumes = session.rotated_at + self.access_tokens.ttl() <= rotation.at;
        let entry = resumes.then_some(SignIn {
            user_id: session.user.id,
            at: rotation.at,
            device: session.device.kind,
            location: location.clone(),
            method: SignInMethod::Refresh,
            result: SignInResult::Success,
            session_id: Some(session.id),
        });
        self.store.rotate_session(rotation, entry.as_ref()).await
    }

    /// Ends the session and notifies its owner, once: of several replays at once the first one ends it.
    async fn end_replayed(
        &self,
        session: &SessionRecord,
        client: &ClientContext,
        now: DateTime<Utc>,
    ) -> Result<TokenPair, RefreshError> {
        let mail = owner_mail(&self.outbox, client, Notification::SessionReplayed);
        let has_ended = self.store.end_replayed_session(session, now, Some(&mail)).await?;
        self.revocations.end_session(session.id, now);
        if has_ended {
            self.outbox.wake();
            tracing::warn!(
                audit = true,
                user.id = %session.user.id,
                session.id = %session.id,
                "a refresh token was used again after its successor, or late too often; the session has been ended"
            );
        }
        Err(RefreshError::Replayed)
    }

    async fn end_early(
        &self,
        session: &SessionRecord,
        reason: EndReason,
        now: DateTime<Utc>,
    ) -> Result<(), DatabaseError> {
        self.store.end_session(session.id, reason, now).await?;
        self.revocations.end_session(session.id, now);
        tracing::info!(session.id = %session.id, reason = reason.as_str(), "session ended");
        Ok(())
    }
}

fn holder_of<'a>(session: &'a SessionRecord, target: &'a TokenTarget, refresh_ends: DateTime<Utc>) -> TokenHolder<'a> {
    TokenHolder { grant: &session.grant, target, refresh_ends }
}
