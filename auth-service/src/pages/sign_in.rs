//! Sign-in page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use contracts::Secret;
use contracts::ids::{SessionId, UserId};
use service_kit::{ApiError, RequestId, SubjectLimits};

use super::browser_session::MaybeVisitor;
use super::buttons::{self, Button};
use super::cookies::{self, SessionClaim};
use super::form::{COOKIE_ID, OpenForm, browser_cookies};
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::reply;
use super::secrets::Binding;
use super::table::ACCOUNT;
use crate::domain::{Email, UserKey};
use crate::endpoints::attempt::{Attempt, Screen};
use crate::endpoints::convert::account_named;
use crate::extract::ClientPlace;
use crate::flows::{self, CaptchaProof, LogInError, SignInContext};
use crate::state::AppState;

/// Maximum length of a password, in characters.
const MAX_PASSWORD: usize = 256;

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
    pub fn to_browser(state: &AppState, request: &HttpRequest) -> Result<Self, ApiError> {
        if let Some((_, value)) = browser_cookies(request).next() {
            return Ok(Self { token: state.pages.form_token(Binding::Browser(value)), cookie: None });
        }
        let value = state.pages.random().ok_or_else(|| ApiError::internal("there are no random bytes"))?;
        let token = state.pages.form_token(Binding::Browser(value.expose()));
        let id = uuid::Uuid::new_v4().simple().to_string();
        let name = format!("{}-{}", cookies::FORM, &id[..COOKIE_ID]);
        Ok(Self { token, cookie: Some(cookies::make(name, value.expose().to_owned(), None)) })
    }
}

/// `GET /account/sign-in`.
pub async fn show_sign_in(
    state: web::Data<AppState>,
    ask: PageContext,
    visitor: MaybeVisitor,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    if visitor.0.is_some() {
        return Ok(reply::redirect(ACCOUNT, ask.language_cookie()));
    }
    let bound = CsrfBinding::to_browser(&state, &request)?;
    let buttons = buttons::of(&state.providers, ask.language);
    let page = SignInPage { shell: Layout::open(&ask), token: &bound.token, buttons, email: "", wrong: None };
    page.answer_with(StatusCode::OK, bound.cookie)
}

/// `POST /account/sign-in`: the same budgets as `log_in`, by the same keys. Browsers get no captcha; instead, requests
/// that look like guessing have fewer attempts.
pub async fn page_sign_in(
    state: web::Data<AppState>,
    gate: SubjectLimits,
    ask: PageContext,
    place: ClientPlace,
    before: MaybeVisitor,
    form: OpenForm,
    (request, request_id): (HttpRequest, RequestId),
) -> Result<HttpResponse, ApiError> {
    let (typed, password) = (form.fields.text("email"), form.fields.secret("password"));
    let email = Email::parse(typed).ok();
    let account = account_named(typed, email.as_ref());
    let wrong = || {
        let (shell, bound) = (Layout::open(&ask), CsrfBinding::to_browser(&state, &request)?);
        let (buttons, wrong) = (buttons::of(&state.providers, ask.language), Some(shell.t.wrong_credentials));
        SignInPage { shell, token: &bound.token, buttons, email: typed, wrong }.answer(StatusCode::UNAUTHORIZED)
    };
    if !(1..=MAX_PASSWORD).contains(&password.expose().chars().count()) {
        return wrong(); // no such password exists, so it is no guess
    }
    let shown = shown_by(&request);
    let (address, request_id) = (place.0.address, request_id.as_str());
    let suspect = SignInContext { account: &account, device: ask.device.kind, address, shown: &shown, request_id };
    let wish = flows::LogIn { email, password, device: ask.device.clone(), place: place.0 };
    let attempt = Attempt { state: &state, gate: &gate, suspect, screen: Screen::PageLogIn };
    match attempt.run(async |lane| flows::log_in(&state, lane, wish).await).await? {
        Ok((current, pair)) => {
            let answer = start_browser_session(&state, &request, before, current.user.key, pair.session_id).await?;
            Ok(known(&state, answer, &account, current.user.key.id, current.token_version))
        }
        Err(LogInError::WrongCredentials) => wrong(),
        Err(error) => Err(error.into()),
    }
}

/// Known-device credential of the browser, if any.
pub(super) fn shown_by(request: &HttpRequest) -> CaptchaProof {
    let known_device = cookies::all(request.headers(), cookies::DEVICE).next().map(Secret::new);
    CaptchaProof { known_device, ..CaptchaProof::default() }
}

/// Sets the known-device cookie in a browser whose user has just given the password.
pub(super) fn known(
    state: &AppState,
    mut answer: HttpResponse,
    account: &str,
    user: UserId,
    version: i64,
) -> HttpResponse {
    let life = i64::try_from(state.lives.session.as_secs()).unwrap_or(i64::MAX);
    let credential = state.known_devices.issue(account, user, version, state.now());
    let cookie = credential.map(|text| cookies::make(cookies::DEVICE, text.expose().to_owned(), Some(life)));
    if cookie.is_none_or(|cookie| answer.add_cookie(&cookie).is_err()) {
        tracing::warn!(user.id = %user, "a browser could not be made a known device");
    }
    answer
}

/// Sets the cookie of a new session. The browser's previous session ends: it would be unreachable, or usable by an
/// attacker who had planted it.
pub(super) async fn start_browser_session(
    state: &AppState,
    request: &HttpRequest,
    before: MaybeVisitor,
    user: UserKey,
    session: SessionId,
) -> Result<HttpResponse, ApiError> {
    if let Some(before) = before.0 {
        flows::log_out(state, before.session).await?;
    }
    let claim = SessionClaim { session, user: user.id, cell: user.cell };
    let sealed = state.pages.sessions.seal(&claim).ok_or_else(|| ApiError::internal("there are no random bytes"))?;
    let life = i64::try_from(state.lives.session.as_secs()).unwrap_or(i64::MAX);
    let cookie = cookies::make(cookies::SESSION, sealed.expose().to_owned(), Some(life));
    let spent = browser_cookies(request).map(|(name, _)| cookies::clear(name.to_owned()));
    Ok(reply::redirect(ACCOUNT, std::iter::once(cookie).chain(spent)))
}
