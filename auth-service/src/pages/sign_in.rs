//! Sign-in page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use bot_filter::{CaptchaProof, SignInContext};
use contracts::Secret;
use contracts::ids::{SessionId, UserId};
use service_kit::{ApiError, RequestId};

use super::browser_session::OptionalBrowserSession;
use super::buttons::{self, Button};
use super::cookies::{self, SessionClaim};
use super::form::{COOKIE_ID_LENGTH, OpenForm, browser_cookies};
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::reply;
use super::secrets::{Binding, PageSecrets};
use super::{activation, authorization};
use crate::extract::{AttemptLimits, RequestLocation};
use crate::page_table::{ACCOUNT, ACTIVATION, AUTHORIZATION};
use crate::state::AppState;
use account_flows::{LogInError, PasswordAttempt, Screen};
use accounts::{Password, PresentedLogin, UserKey};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    shell: Layout,
    token: &'a str,
    buttons: Vec<Button>,
    email: &'a str,
    wrong: Option<&'static str>,
}

impl Page for SignInPage<'_> {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// CSRF binding of a form in a browser without a session: to an existing cookie, or to a new one.
pub(super) struct CsrfBinding {
    /// CSRF token of the form.
    pub token: String,
    /// The cookie, if new.
    pub cookie: Option<actix_web::cookie::Cookie<'static>>,
}

impl CsrfBinding {
    /// Binds to the browser's cookie, or to a new one.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn for_browser(request: &HttpRequest) -> Result<Self, ApiError> {
        let secrets = PageSecrets::of(request)?;
        if let Some((_, value)) = browser_cookies(request).next() {
            return Ok(Self { token: secrets.form_token(Binding::Browser(value)), cookie: None });
        }
        let value = secrets.random().ok_or_else(|| ApiError::internal("there are no random bytes"))?;
        let token = secrets.form_token(Binding::Browser(value.expose()));
        let id = uuid::Uuid::new_v4().simple().to_string();
        let name = format!("{}-{}", cookies::FORM, &id[..COOKIE_ID_LENGTH]);
        Ok(Self { token, cookie: Some(cookies::make(name, value.expose().to_owned(), None)) })
    }
}

/// `GET /account/sign-in`.
pub async fn show_sign_in(
    state: web::Data<AppState>,
    page: PageContext,
    browser: OptionalBrowserSession,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    if browser.0.is_some() {
        return Ok(reply::redirect(ACCOUNT, page.language_cookie()));
    }
    let csrf = CsrfBinding::for_browser(&request)?;
    let buttons = buttons::of(&state.providers, page.language);
    let template = SignInPage { shell: Layout::open(&page), token: &csrf.token, buttons, email: "", wrong: None };
    template.respond_with(StatusCode::OK, csrf.cookie)
}

/// `POST /account/sign-in`: the same budgets as `log_in`, by the same keys. Browsers get no captcha; instead, requests
/// that look like guessing have fewer attempts.
pub async fn page_sign_in(
    state: web::Data<AppState>,
    limits: AttemptLimits,
    page: PageContext,
    location: RequestLocation,
    previous: OptionalBrowserSession,
    form: OpenForm,
    (request, request_id): (HttpRequest, RequestId),
) -> Result<HttpResponse, ApiError> {
    let (typed, password) = (form.fields.text("email"), Password::parse(form.fields.secret("password")));
    let login = PresentedLogin::parse(typed);
    let account = login.account_key().to_owned();
    let wrong = || {
        let (shell, csrf) = (Layout::open(&page), CsrfBinding::for_browser(&request)?);
        let (buttons, wrong) = (buttons::of(&state.providers, page.language), Some(shell.t.wrong_credentials));
        SignInPage { shell, token: &csrf.token, buttons, email: typed, wrong }.respond(StatusCode::UNAUTHORIZED)
    };
    let Ok(password) = password else {
        return wrong(); // no such password exists, so it is no guess
    };
    let proof = known_device_proof(&request);
    let (address, request_id) = (location.0.address, request_id.as_str());
    let context = SignInContext { account: &account, device: page.device.kind, address, proof: &proof, request_id };
    let log_in = account_flows::LogIn { login, password, device: page.device.clone(), location: location.0 };
    let attempt = PasswordAttempt { context, screen: Screen::PageLogIn };
    match state.attempts.run(attempt, &limits, async |lane| state.passwords.log_in(lane, log_in).await).await? {
        Ok((current, pair)) => {
            let response = start_browser_session(&state, &request, previous, current.user.key, pair.session_id).await?;
            Ok(set_known_device(&state, response, &account, current.user.key.id, current.token_version))
        }
        Err(LogInError::WrongCredentials) => wrong(),
        Err(error) => Err(error.into()),
    }
}

/// Known-device credential of the browser, if any.
pub(super) fn known_device_proof(request: &HttpRequest) -> CaptchaProof {
    let known_device = cookies::all(request.headers(), cookies::DEVICE).next().map(Secret::new);
    CaptchaProof { known_device, ..CaptchaProof::default() }
}

/// Sets the known-device cookie in the browser after a right password.
pub(super) fn set_known_device(
    state: &AppState,
    mut response: HttpResponse,
    account: &str,
    user: UserId,
    version: i64,
) -> HttpResponse {
    let max_age = i64::try_from(state.sessions.max_age().as_secs()).unwrap_or(i64::MAX);
    let credential = state.known_devices.issue(account, user, version);
    let cookie = credential.map(|text| cookies::make(cookies::DEVICE, text.expose().to_owned(), Some(max_age)));
    if cookie.is_none_or(|cookie| response.add_cookie(&cookie).is_err()) {
        tracing::warn!(user.id = %user, "the known-device cookie could not be set");
    }
    response
}

/// Sets the cookie of a new session. The browser's previous session ends: it would be unreachable, or usable by an
/// attacker who had planted it.
pub(super) async fn start_browser_session(
    state: &AppState,
    request: &HttpRequest,
    previous: OptionalBrowserSession,
    user: UserKey,
    session: SessionId,
) -> Result<HttpResponse, ApiError> {
    if let Some(previous) = previous.0 {
        state.sessions.log_out(previous.session).await?;
    }
    let claim = SessionClaim { session, user: user.id, cell: user.cell };
    let sealed = PageSecrets::of(request)?
        .sessions
        .seal(&claim)
        .ok_or_else(|| ApiError::internal("there are no random bytes"))?;
    let max_age = i64::try_from(state.sessions.max_age().as_secs()).unwrap_or(i64::MAX);
    let cookie = cookies::make(cookies::SESSION, sealed.expose().to_owned(), Some(max_age));
    let cleared = browser_cookies(request).map(|(name, _)| cookies::clear(name.to_owned()));
    let target = match (authorization::is_under_way(request), activation::is_under_way(request)) {
        (true, _) => AUTHORIZATION,
        (false, true) => ACTIVATION,
        (false, false) => ACCOUNT,
    };
    Ok(reply::redirect(target, std::iter::once(cookie).chain(cleared)))
}
