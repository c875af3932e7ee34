//! Polls of a device.

use std::time::Duration;

use account_storage::{InsertSessionError, RedeemError};
use accounts::{
    ClientContext, DeviceAuthorization, DeviceDecision, NewSession, RedeemedDevice, SessionGrant, SignIn, SignInMethod,
    SignInResult,
};
use chrono::{DateTime, Utc};
use contracts::Secret;
use contracts::ids::{SessionId, UserId};
use credentials::tokens::RefreshToken;
use device_grant::{DeviceCode, REPEATED_FOR};
use service_kit::database::DatabaseError;

use super::DeviceGrants;
use crate::current_user::{CurrentUser, find_active_user};
use crate::token_pair::{IssueError, TokenHolder, TokenPair};
use crate::token_target::{TokenRequest, TokenTargetError};

/// Reasons why a device gets no tokens, or not yet (RFC 8628 §3.5).
#[derive(Debug, thiserror::Error)]
pub enum PollDeviceError {
    /// No decision has been made.
    #[error("nobody has decided yet")]
    Pending {
        /// `true` when the user code has been entered.
        claimed: bool,
    },
    /// No decision has been made, and the device polls too fast.
    #[error("the device polls too fast")]
    TooFast,
    /// The person has refused.
    #[error("the device was refused")]
    Denied,
    /// The code has expired.
    #[error("the code has expired")]
    Expired,
    /// No such code, that of another client, or one that was used.
    #[error("the code is not valid")]
    Invalid,
    /// The tokens cannot be for what was asked for; the code stays good.
    #[error(transparent)]
    Target(#[from] TokenTargetError),
    /// No tokens could be issued.
    #[error("the session could not be opened")]
    Issue(#[from] IssueError),
    /// SQL failed.
    #[error("the code could not be read")]
    Storage(#[from] DatabaseError),
}

impl DeviceGrants {
    /// Tokens of a device that was approved. Before a decision it waits for `wait` at most, where there is room.
    ///
    /// # Errors
    /// [`PollDeviceError`].
    pub async fn poll(
        &self,
        code: &Secret,
        request: TokenRequest<'_>,
        client: &ClientContext,
        wait: Duration,
    ) -> Result<TokenPair, PollDeviceError> {
        let code = DeviceCode::parse(code).ok_or(PollDeviceError::Invalid)?;
        let hash = *code.hash().as_bytes();
        // Taken before the row is read: a decision in between wakes the place.
        let place = if wait.is_zero() { None } else { self.decisions.place(hash) };
        let first = self.answer(&code, request, client).await;
        match (first, place) {
            (Err(PollDeviceError::Pending { .. }), Some(place)) => {
                place.wait(wait).await;
                match self.answer(&code, request, client).await {
                    // The wait was asked for: its end is no poll that came too fast.
                    Err(PollDeviceError::TooFast) => {
                        let found = self.store.find_device_authorization(&hash).await?;
                        Err(PollDeviceError::Pending { claimed: found.is_some_and(|found| found.claim.is_some()) })
                    }
                    answer => answer,
                }
            }
            (answer, _) => answer,
        }
    }

    async fn answer(
        &self,
        code: &DeviceCode,
        request: TokenRequest<'_>,
        client: &ClientContext,
    ) -> Result<TokenPair, PollDeviceError> {
        let (now, hash) = (self.clock.now(), *code.hash().as_bytes());
        let found = self.store.find_device_authorization(&hash).await?;
        let is_own = |found: &DeviceAuthorization| found.request.client_id == request.client.id;
        let found = found.filter(is_own).ok_or(PollDeviceError::Invalid)?;
        match (found.decision, found.claim, found.redeemed) {
            (Some(DeviceDecision { approved: false, .. }), ..) => Err(PollDeviceError::Denied),
            (Some(_), Some(claim), Some(redeemed)) => self.repeat(code, (claim.user, redeemed), request, now).await,
            (Some(_), Some(claim), None) if now < found.request.expires_at + REPEATED_FOR => {
                self.redeem(code, &found, (claim.user, request), (client, now)).await
            }
            _ if now >= found.request.expires_at => Err(PollDeviceError::Expired),
            _ if !self.polls.is_in_time(hash, now) => Err(PollDeviceError::TooFast),
            (_, claim, _) => Err(PollDeviceError::Pending { claimed: claim.is_some() }),
        }
    }

    /// Opens the session of an approved device.
    async fn redeem(
        &self,
        code: &DeviceCode,
        found: &DeviceAuthorization,
        (user, request): (UserId, TokenRequest<'_>),
        (client, now): (&ClientContext, DateTime<Utc>),
    ) -> Result<TokenPair, PollDeviceError> {
        let current = self.user(user).await?;
        let id = SessionId::new();
        let first = self.sessions.refresh_tokens.first_from(id, code.text());
        let session = NewSession {
            id,
            user: current.user.key,
            device: found.request.device.clone(),
            refresh_hash: first.hash(),
            created_at: now,
            expires_at: self.sessions.refresh_end(now, now),
            verified_hash: None,
            grant: SessionGrant {
                viewer_only: true,
                resource: found.request.resource.clone(),
                ..SessionGrant::of(found.request.client_id.as_str())
            },
        };
        let sign_in = SignIn {
            user_id: user,
            at: now,
            device: session.device.kind,
            location: client.location.clone(),
            method: SignInMethod::Device,
            result: SignInResult::Success,
            session_id: Some(id),
        };
        // Signed before it is written: without a signing key the code stays good.
        let pair = self.issue(&current, &first, (&session.grant, request), session.expires_at, now)?;
        match self.store.redeem_device(&found.device_hash, &session, &sign_in).await {
            Ok(ended) => {
                self.sessions.revoke_surplus(&ended, now);
                tracing::info!(user.id = %user, session.id = %id, "a device was signed in by its code");
                Ok(pair)
            }
            Err(RedeemError::NotApproved) => {
                // Another poll of the same device was faster.
                let again = self.store.find_device_authorization(&found.device_hash).await?;
                let redeemed = again.and_then(|again| again.redeemed).ok_or(PollDeviceError::Invalid)?;
                self.repeat(code, (user, redeemed), request, now).await
            }
            Err(RedeemError::Session(InsertSessionError::Storage(source))) => Err(source.into()),
            Err(RedeemError::Session(_)) => Err(PollDeviceError::Invalid),
        }
    }

    /// Gives the first tokens again, for the response may have been lost: as long as they have not been used.
    async fn repeat(
        &self,
        code: &DeviceCode,
        (user, redeemed): (UserId, RedeemedDevice),
        request: TokenRequest<'_>,
        now: DateTime<Utc>,
    ) -> Result<TokenPair, PollDeviceError> {
        if now >= redeemed.at + REPEATED_FOR {
            return Err(PollDeviceError::Invalid);
        }
        let session = self.store.find_session(redeemed.session).await?.ok_or(PollDeviceError::Invalid)?;
        let first = self.sessions.refresh_tokens.first_from(session.id, code.text());
        if session.ended_at.is_some() || session.generation != 0 || session.refresh_hash != first.hash() {
            return Err(PollDeviceError::Invalid);
        }
        let current = self.user(user).await?;
        self.issue(&current, &first, (&session.grant, request), session.expires_at, now)
    }

    fn issue(
        &self,
        current: &CurrentUser,
        first: &RefreshToken,
        (grant, request): (&SessionGrant, TokenRequest<'_>),
        refresh_ends: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<TokenPair, PollDeviceError> {
        let target = self.sessions.target(request, grant)?;
        Ok(self.sessions.issue(current, first, TokenHolder { grant, target: &target, refresh_ends }, now)?)
    }

    async fn user(&self, id: UserId) -> Result<CurrentUser, PollDeviceError> {
        find_active_user(&self.store, id).await?.ok_or(PollDeviceError::Invalid)
    }
}
