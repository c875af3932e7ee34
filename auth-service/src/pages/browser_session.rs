//! Session of the browser, read from its cookie.

use std::fmt;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use contracts::Secret;
use contracts::auth::permissions::{AUDIT_READ, ROLES_MANAGE, USERS_MANAGE};
use contracts::ids::SessionId;
use futures_util::future::LocalBoxFuture;
use service_kit::{ApiError, SubjectLimits};

use super::cookies::{self, SessionClaim};
use super::reply;
use super::secrets::{Binding, PageSecrets};
use super::times::TimeZone;
use crate::page_table::{ACCOUNT, SIGN_IN};
use crate::state::AppState;
use account_flows::CurrentUser;
use accounts::UserKey;

/// A valid session, read from the database for this request.
#[derive(Debug, Clone)]
pub struct BrowserSession {
    /// Account.
    pub current: CurrentUser,
    /// Session id.
    pub session: SessionId,
    /// CSRF token of its forms.
    pub form_token: Secret,
    /// What its user may do on the operators' pages.
    pub rights: OperatorRights,
    /// `true` when accounts at social providers can be linked.
    pub offers_social: bool,
    /// Time zone that was chosen in this browser, if any.
    pub chosen_zone: Option<TimeZone>,
    /// Time zone of its pages.
    pub time_zone: TimeZone,
}

/// Permissions of a user on the operators' pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorRights {
    /// Find and help users.
    pub users: bool,
    /// Assign and revoke roles.
    pub roles: bool,
    /// Read audit events.
    pub audit: bool,
}

/// A valid session, or none.
#[derive(Debug, Clone)]
pub struct OptionalBrowserSession(pub Option<BrowserSession>);

/// Rejection of a request for a page.
#[derive(Debug)]
pub enum PageRejection {
    /// No session: redirect to the sign-in page.
    SignInRequired,
    /// The form is for browsers without a session, and this one has one: redirect to the account.
    AlreadySignedIn,
    /// Other error.
    Failed(ApiError),
}

impl BrowserSession {
    /// Key of the user.
    pub fn key(&self) -> UserKey {
        self.current.user.key
    }
}

/// Shared state of this service.
pub fn state(request: &HttpRequest) -> Result<web::Data<AppState>, ApiError> {
    let state = request.app_data::<web::Data<AppState>>().cloned();
    state.ok_or_else(|| ApiError::internal("the pages were mounted without their state"))
}

/// Finds the session: id from the cookie, validity from the database.
pub(super) async fn find(request: &HttpRequest) -> Result<Option<BrowserSession>, ApiError> {
    let (state, secrets) = (state(request)?, PageSecrets::of(request)?);
    let mut cookies = cookies::all(request.headers(), cookies::SESSION);
    let claim = cookies.find_map(|text| secrets.sessions.open::<SessionClaim>(text));
    let Some(claim) = claim else { return Ok(None) };
    let user = UserKey { id: claim.user, cell: claim.cell };
    let current = state.sessions.resume(claim.session, user).await?;
    let session = claim.session;
    let form_token = || Secret::new(secrets.form_token(Binding::Session(session)));
    let offers_social = state.providers.iter().next().is_some();
    let chosen_zone = cookies::all(request.headers(), cookies::ZONE).find_map(TimeZone::parse);
    let client = state.client_locator.locate(request);
    Ok(current.map(|current| {
        let rights = rights(&state, &current.roles);
        let region = current.user.region.as_deref();
        let time_zone = TimeZone::of_reader(chosen_zone, &state.region_map(), region, &client);
        let form_token = form_token();
        BrowserSession { current, session, form_token, rights, offers_social, chosen_zone, time_zone }
    }))
}

/// Permissions of these roles; none while they have not been read.
fn rights(state: &AppState, roles: &[String]) -> OperatorRights {
    let allows = |permission| matches!(state.roles.allow(roles, permission), Ok(Some(true)));
    OperatorRights { users: allows(USERS_MANAGE), roles: allows(ROLES_MANAGE), audit: allows(AUDIT_READ) }
}

impl FromRequest for OptionalBrowserSession {
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
            let browser = find(&request).await?.ok_or(PageRejection::SignInRequired)?;
            drop(SubjectLimits::of(&request).user(&browser.key().id.to_string()).await?);
            Ok(browser)
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
            Self::SignInRequired => f.write_str("the browser has no session"),
            Self::AlreadySignedIn => f.write_str("the browser has a session already"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl ResponseError for PageRejection {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignInRequired | Self::AlreadySignedIn => StatusCode::SEE_OTHER,
            Self::Failed(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::SignInRequired => reply::redirect(SIGN_IN, []),
            Self::AlreadySignedIn => reply::redirect(ACCOUNT, []),
            Self::Failed(error) => error.error_response(),
        }
    }
}
