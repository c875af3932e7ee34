//! Who looks at a page.

use std::fmt;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use contracts::ids::SessionId;
use futures_util::future::LocalBoxFuture;
use service_kit::{ApiError, SubjectLimits};

use super::cookies::{self, SessionClaim};
use super::{reply, table};
use crate::domain::UserKey;
use crate::flows::{self, CurrentUser};
use crate::state::AppState;

/// Somebody who is signed in: the session was read just now, and goes on.
#[derive(Debug, Clone)]
pub struct BrowserSession {
    /// The account.
    pub current: CurrentUser,
    /// The session.
    pub session: SessionId,
}

/// Somebody who is signed in, or not.
#[derive(Debug, Clone)]
pub struct MaybeVisitor(pub Option<BrowserSession>);

/// Why a page is not shown.
#[derive(Debug)]
pub enum PageRejection {
    /// Nobody is signed in: to the sign-in page.
    Away,
    /// The browser has a session, and what it sent was for one without: to the account.
    AlreadySignedIn,
    /// Something failed.
    Failed(ApiError),
}

impl BrowserSession {
    /// Whose key it is.
    pub fn key(&self) -> UserKey {
        self.current.user.key
    }
}

/// The state of this service.
pub fn state(request: &HttpRequest) -> Result<web::Data<AppState>, ApiError> {
    let state = request.app_data::<web::Data<AppState>>().cloned();
    state.ok_or_else(|| ApiError::internal("the pages were mounted without their state"))
}

/// Who sends a request, by the cookie and then by the database.
pub(super) async fn find(request: &HttpRequest) -> Result<Option<BrowserSession>, ApiError> {
    let state = state(request)?;
    let mut cookies = cookies::all(request.headers(), cookies::SESSION);
    let claim = cookies.find_map(|text| state.pages.sessions.open::<SessionClaim>(text));
    let Some(claim) = claim else { return Ok(None) };
    let user = UserKey { id: claim.user, cell: claim.cell };
    let current = flows::resume_session(&state, claim.session, user).await?;
    Ok(current.map(|current| BrowserSession { current, session: claim.session }))
}

impl FromRequest for MaybeVisitor {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { find(&request).await.map(Self) })
    }
}

impl FromRequest for BrowserSession {
    type Error = PageRejection;
    type Future = LocalBoxFuture<'static, Result<Self, PageRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visitor = find(&request).await?.ok_or(PageRejection::Away)?;
            drop(SubjectLimits::of(&request).user(&visitor.key().id.to_string()).await?);
            Ok(visitor)
        })
    }
}

impl From<ApiError> for PageRejection {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Display for PageRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away => f.write_str("nobody is signed in"),
            Self::AlreadySignedIn => f.write_str("the browser is signed in already"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl ResponseError for PageRejection {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Away | Self::AlreadySignedIn => StatusCode::SEE_OTHER,
            Self::Failed(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Away => reply::redirect(table::SIGN_IN, []),
            Self::AlreadySignedIn => reply::redirect(table::ACCOUNT, []),
            Self::Failed(error) => error.error_response(),
        }
    }
}
