//! The authorization code grant (RFC 6749 §4.1) for first-party apps: a browser with a signed-in user gets a code, the app
//! exchanges it for tokens.

use std::sync::Arc;

use account_storage::{CODES_KEPT, InsertSessionError, Store, UseCodeError, UsedCode};
use accounts::{ClientLocation, EndReason, NewSession, RegionCode, SessionGrant, SignIn, SignInMethod, SignInResult};
use chrono::{DateTime, Utc};
use code_grant::{
    AuthorizationRequest, CODE_LIFETIME, CodeClaims, CodeSealer, IdClaims, Scope, access_token_hash, has_scope,
};
use contracts::Secret;
use contracts::auth::devices::{Device, DeviceKind};
use contracts::ids::{SessionId, UserId};
use credentials::keys::KeyError;
use credentials::tokens::RefreshToken;
use service_kit::Clock;
use service_kit::database::DatabaseError;
use uuid::Uuid;

use super::current_user::{CurrentUser, find_active_user};
use super::sessions::Sessions;
use super::token_pair::{IssueError, TokenHolder, TokenPair};
use super::token_target::{TokenRequest, TokenTargetError};

/// Sign-in for apps by redirects.
pub struct CodeGrants {
    /// SQL.
    pub(super) store: Store,
    /// Sessions of the apps.
    pub(super) sessions: Arc<Sessions>,
    /// Seals codes.
    pub(super) codes: CodeSealer,
    /// Current time.
    pub(super) clock: Arc<dyn Clock>,
}

/// A sign-in of a browser.
#[derive(Debug, Clone)]
pub struct BrowserSignIn {
    /// The user.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// Time of the sign-in.
    pub at: DateTime<Utc>,
    /// Location of the browser.
    pub location: ClientLocation,
}

/// A code that a client presents.
#[derive(Debug, Clone, Copy)]
pub struct PresentedCode<'a> {
    /// The code.
    pub code: &'a Secret,
    /// The redirect URI that it was sent to.
    pub redirect_uri: &'a str,
    /// The verifier (RFC 7636).
    pub verifier: &'a Secret,
}

/// Tokens for a code.
#[derive(Debug)]
pub struct CodeTokens {
    /// Access and refresh token.
    pub pair: TokenPair,
    /// ID token, if scope `openid` was asked for.
    pub id_token: Option<Secret>,
}

/// Reasons why a code gets no tokens.
#[derive(Debug, thiserror::Error)]
pub enum RedeemCodeError {
    /// Not issued here or to another client, expired, used before, or presented wrongly.
    #[error("the code is not valid")]
    Invalid,
    /// The tokens cannot be for what was asked for; the code stays good.
    #[error(transparent)]
    Target(#[from] TokenTargetError),
    /// No tokens could be issued.
    #[error("the session could not be opened")]
    Issue(#[from] IssueError),
    /// SQL failed.
    #[error("the code could not be used")]
    Storage(#[from] DatabaseError),
}

impl From<KeyError> for RedeemCodeError {
    fn from(error: KeyError) -> Self {
        Self::Issue(error.into())
    }
}

impl CodeGrants {
    /// Time at which the user of this session signed in; `None` when it has ended.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn signed_in_at(&self, session: SessionId) -> Result<Option<DateTime<Utc>>, DatabaseError> {
        let found = self.store.find_session(session).await?;
        Ok(found.filter(|found| found.ended_at.is_none()).map(|found| found.created_at))
    }

    /// A code for the client of a request, under the name `app` in the user's list of devices; `None` when the system has no
    /// random bytes.
    pub fn issue(&self, request: &AuthorizationRequest, app: String, sign_in: &BrowserSignIn) -> Option<Secret> {
        let claims = CodeClaims {
            id: Uuid::now_v7(),
            client_id: request.client_id.clone(),
            redirect_uri: request.back.uri.clone(),
            app,
            challenge: request.challenge,
            user: sign_in.user,
            session: sign_in.session,
            auth_time: sign_in.at,
            address: sign_in.location.address,
            region: sign_in.location.region.as_ref().map(ToString::to_string),
            scope: request.scope.clone(),
            resource: request.resource.clone(),
            nonce: request.nonce.clone(),
            expires_at: self.clock.now() + CODE_LIFETIME,
        };
        tracing::info!(user.id = %sign_in.user, client.id = request.client_id, "an app got an authorization code");
        self.codes.seal(&claims)
    }

    /// Exchanges a code for tokens. A code that is presented wrongly is used up; one that is presented twice ends the
    /// session that it opened (RFC 6749 §4.1.2).
    ///
    /// # Errors
    /// [`RedeemCodeError`].
    pub async fn redeem(
        &self,
        presented: PresentedCode<'_>,
        request: TokenRequest<'_>,
    ) -> Result<CodeTokens, RedeemCodeError> {
        let now = self.clock.now();
        let claims = self.codes.open(presented.code).ok_or(RedeemCodeError::Invalid)?;
        let used = UsedCode { id: claims.id, browser: claims.session, expires_at: claims.expires_at };
        if now >= claims.expires_at + CODES_KEPT {
            return Err(RedeemCodeError::Invalid);
        }
        // All are compared, whatever the first says.
        let is_right = [
            claims.client_id == request.client.id,
            claims.redirect_uri == presented.redirect_uri,
            claims.challenge.is_met_by(presented.verifier),
            now < claims.expires_at,
        ];
        let current = if is_right == [true; 4] { find_active_user(&self.store, claims.user).await? } else { None };
        let Some(current) = current else {
            let spent = self.store.spend_authorization_code(used).await;
            return Err(self.rejected(spent, now).await);
        };
        let (session, sign_in, first) = self.new_session(&claims, &current, now)?;
        let target = self.sessions.target(request, &session.grant)?;
        let holder = TokenHolder { grant: &session.grant, target: &target, refresh_ends: session.expires_at };
        // Signed before it is written: without a signing key the code stays good.
        let pair = self.sessions.issue(&current, &first, holder, now)?;
        let id_token = match has_scope(pair.scope.as_deref(), Scope::Openid) {
            true => Some(self.id_token(&claims, &pair, now)?),
            false => None,
        };
        match self.store.redeem_authorization_code(used, &session, &sign_in).await {
            Ok(ended) => {
                self.sessions.revoke_surplus(&ended, now);
                tracing::info!(user.id = %claims.user, session.id = %session.id, client.id = claims.client_id, "an app was signed in");
                Ok(CodeTokens { pair, id_token })
            }
            rejected => Err(self.rejected(rejected.map(drop), now).await),
        }
    }

    fn new_session(
        &self,
        claims: &CodeClaims,
        current: &CurrentUser,
        now: DateTime<Utc>,
    ) -> Result<(NewSession, SignIn, RefreshToken), IssueError> {
        let first = self.sessions.refresh_tokens.first(SessionId::new()).ok_or(IssueError::NoRandom)?;
        let session = NewSession {
            id: first.session(),
            user: current.user.key,
            device: Device { kind: DeviceKind::Other, name: claims.app.clone() },
            refresh_hash: first.hash(),
            created_at: now,
            expires_at: self.sessions.refresh_end(now, now),
            verified_hash: None,
            grant: SessionGrant {
                scope: claims.scope.clone(),
                resource: claims.resource.clone(),
                ..SessionGrant::of(claims.client_id.as_str())
            },
        };
        let region = claims.region.as_deref().and_then(RegionCode::parse);
        let sign_in = SignIn {
            user_id: claims.user,
            at: now,
            device: session.device.kind,
            location: ClientLocation { address: claims.address, region },
            method: SignInMethod::Redirect,
            result: SignInResult::Success,
            session_id: Some(session.id),
        };
        Ok((session, sign_in, first))
    }

    fn id_token(&self, claims: &CodeClaims, pair: &TokenPair, now: DateTime<Utc>) -> Result<Secret, KeyError> {
        let tokens = &self.sessions.access_tokens;
        tokens.sign_id_token(now, |algorithm| IdClaims {
            iss: tokens.issuer().to_owned(),
            sub: claims.user,
            aud: claims.client_id.clone(),
            exp: (now + tokens.ttl()).timestamp(),
            iat: now.timestamp(),
            auth_time: claims.auth_time.timestamp(),
            nonce: claims.nonce.clone(),
            at_hash: access_token_hash(pair.access.expose(), algorithm),
            sid: pair.session_id,
        })
    }

    /// Ends the session of a code that was used before.
    async fn rejected(&self, outcome: Result<(), UseCodeError>, now: DateTime<Utc>) -> RedeemCodeError {
        match outcome {
            Ok(()) | Err(UseCodeError::UsedBefore(None)) => RedeemCodeError::Invalid,
            Err(UseCodeError::UsedBefore(Some(session))) => {
                if let Err(error) = self.store.end_session(session, EndReason::Replay, now).await {
                    return error.into();
                }
                self.sessions.revocations.end_session(session, now);
                tracing::warn!(audit = true, session.id = %session, "an authorization code was used twice; its session has been ended");
                RedeemCodeError::Invalid
            }
            Err(UseCodeError::Session(InsertSessionError::Storage(source))) => source.into(),
            Err(UseCodeError::Session(_)) => RedeemCodeError::Invalid,
        }
    }
}
