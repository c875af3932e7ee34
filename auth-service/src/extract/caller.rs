//! Users with access tokens.

use std::time::Duration;

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use contracts::codes;
use contracts::ids::SessionId;
use futures_util::future::LocalBoxFuture;
use service_kit::server::authorization::{permission_missing, required_permission};
use service_kit::{ApiError, SubjectLimits};
use token_verifier::AccessClaims;

use super::bearer::{active_claims, active_claims_for_any, claims, state};
use account_flows::RolesNotRead;
use accounts::{Cell, UserKey};

/// Caller with an active access token. Verified without SQL.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The user.
    pub user: UserKey,
    /// Session of the token.
    pub session: SessionId,
}

/// A [`Caller`] whose token carries a role with the permission that the endpoint declares. Needs no SQL.
#[derive(Debug, Clone, Copy)]
pub struct PermittedCaller(pub Caller);

/// A [`Caller`] with the claims of its token.
#[derive(Debug, Clone)]
pub struct CallerClaims {
    /// The caller.
    pub caller: Caller,
    /// Claims of the active token.
    pub claims: AccessClaims,
}

/// A user with an active access token for any resource: whoever asks decides whether it is the right one.
#[derive(Debug, Clone)]
pub struct AnyAudienceClaims(pub AccessClaims);

/// Caller that signs out: the token has a valid signature and has not expired, but its session may have ended, so that
/// signing out twice is no error.
#[derive(Debug, Clone, Copy)]
pub struct LogOutCaller(pub Caller);

impl From<&AccessClaims> for Caller {
    fn from(claims: &AccessClaims) -> Self {
        Self { user: UserKey { id: claims.sub, cell: Cell::new(claims.cell) }, session: claims.sid }
    }
}

impl Caller {
    /// Takes from the limits of the user.
    async fn within_limits(self, limits: &SubjectLimits) -> Result<Self, ApiError> {
        drop(limits.user(&self.user.id.to_string()).await?);
        Ok(self)
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (claims, limits) = (active_claims(request), SubjectLimits::of(request));
        Box::pin(async move { Self::from(&claims?).within_limits(&limits).await })
    }
}

impl FromRequest for CallerClaims {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (claims, limits) = (active_claims(request), SubjectLimits::of(request));
        Box::pin(async move {
            let claims = claims?;
            Ok(Self { caller: Caller::from(&claims).within_limits(&limits).await?, claims })
        })
    }
}

impl FromRequest for AnyAudienceClaims {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (claims, limits) = (active_claims_for_any(request), SubjectLimits::of(request));
        Box::pin(async move {
            let claims = claims?;
            Caller::from(&claims).within_limits(&limits).await?;
            Ok(Self(claims))
        })
    }
}

impl FromRequest for PermittedCaller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = CallerClaims::from_request(request, payload);
        let (permission, state) = (required_permission(request), state(request).cloned());
        Box::pin(async move {
            let CallerClaims { caller, claims } = caller.await?;
            let (permission, state) = (permission?, state?);
            match state.roles.allow(&claims.roles, permission) {
                Ok(Some(true)) => Ok(Self(caller)),
                Ok(Some(false) | None) => Err(permission_missing(permission)),
                Err(unread) => Err(roles_not_read(unread)),
            }
        })
    }
}

/// The problem of a permission that cannot be checked yet.
pub fn roles_not_read(error: RolesNotRead) -> ApiError {
    ApiError::new(codes::AUTH_UNAVAILABLE).retry_after(Duration::from_secs(1)).source(error)
}

impl FromRequest for LogOutCaller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (claims, limits) = (claims(request), SubjectLimits::of(request));
        Box::pin(async move {
            let (claims, _) = claims?;
            Caller::from(&claims).within_limits(&limits).await.map(Self)
        })
    }
}
