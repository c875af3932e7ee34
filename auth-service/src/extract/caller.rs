//! Users with access tokens.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use contracts::auth::roles::ADMIN;
use contracts::codes;
use contracts::ids::SessionId;
use futures_util::future::LocalBoxFuture;
use service_kit::{ApiError, SubjectLimits};
use token_verifier::AccessClaims;

use super::bearer::{active_claims, claims};
use accounts::domain::{Cell, UserKey};

/// Challenge for callers without the role (RFC 6750 §3.1).
const ROLE_MISSING: &str = "Bearer realm=\"marquee\", error=\"insufficient_scope\"";

/// Caller with an active access token. Verified without SQL.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The user.
    pub user: UserKey,
    /// Session of the token.
    pub session: SessionId,
}

/// A [`Caller`] with the role `admin` in its token. Revoking the role revokes such tokens.
#[derive(Debug, Clone, Copy)]
pub struct AdminCaller(pub Caller);

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

impl FromRequest for AdminCaller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (claims, limits) = (active_claims(request), SubjectLimits::of(request));
        Box::pin(async move {
            let claims = claims?;
            let caller = Caller::from(&claims).within_limits(&limits).await?;
            if claims.roles.iter().any(|role| role == ADMIN) {
                Ok(Self(caller))
            } else {
                Err(ApiError::new(codes::FORBIDDEN).challenge(ROLE_MISSING))
            }
        })
    }
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
