//! Signing in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use contracts::ids::SessionId;
use service_kit::{ApiError, Gate, RequestId};

use super::ask::Ask;
use super::buttons::{self, Button};
use super::cookies::{self, SessionClaim};
use super::form::{COOKIE_ID, OpenForm, browser_cookies};
use super::reply;
use super::secrets::Binding;
use super::shell::{Page, Shell};
use super::table::ACCOUNT;
use super::visitor::MaybeVisitor;
use crate::domain::{Email, UserKey};
use crate::endpoints::answers::account_named;
use crate::endpoints::suspects::tries;
use crate::extract::ClientPlace;
use crate::flows::{self, Admitted, LogInError, Shown, Suspect};
use crate::state::AppState;

/// Longer passwords were never set.
const MAX_PASSWORD: usize = 256;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    shell: Shell,
    token: &'a str,
    buttons: Vec<Button>,
    email: &'a str,
    wrong: Option<&'static str>,
}

impl Page for SignInPage<'_> {
    fn shell(&self) -> &Shell {
        &self.shell
    }
}

/// What a form of somebody who is not signed in is bound to: a cookie that is there, or a new one.
pub(super) struct Bound {
    /// The token of the form.
    pub token: String,
    /// The cookie, if it is new.
    pub cookie: Option<actix_web::cookie::Cookie<'static>>,
}

impl Bound {
    /// Finds or makes it.
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
    ask: Ask,
    visitor: MaybeVisitor,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    if visitor.0.is_some() {
        return Ok(reply::go(ACCOUNT, ask.language_cookie()));
    }
    let bound = Bound::to_browser(&state, &request)?;
    let buttons = buttons::of(&state.providers, ask.language);
    let page = SignInPage { shell: Shell::open(&ask), token: &bound.token, buttons, email: "", wrong: None };
    page.answer_with(StatusCode::OK, bound.cookie)
}

/// `POST /account/sign-in`: the same budgets as `log_in`, by the same names. Browsers are asked for no captcha; who would be
/// has fewer tries.
pub async fn page_sign_in(
    state: web::Data<AppState>,
    gate: Gate,
    ask: Ask,
    place: ClientPlace,
    before: MaybeVisitor,
    form: OpenForm,
    (request, request_id): (HttpRequest, RequestId),
) -> Result<HttpResponse, ApiError> {
    let (typed, password) = (form.fields.text("email"), form.fields.secret("password"));
    let email = Email::parse(typed).ok();
    let account = account_named(typed, email.as_ref());
    let guess = gate.account(&account).await?;
    let suspect = Suspect {
        account: &account,
        device: ask.device.kind,
        address: place.0.address,
        shown: &Shown::default(),
        request_id: request_id.as_str(),
    };
    flows::screen_page_sign_in(&state, &suspect, tries(guess.uses())).await?;
    let fits = (1..=MAX_PASSWORD).contains(&password.expose().chars().count());
    let attempt = flows::LogIn { email, password, device: ask.device.clone(), place: place.0 };
    let outcome = if fits { flows::log_in(&state, attempt).await } else { Err(LogInError::WrongCredentials) };
    match outcome {
        Ok((current, pair)) => {
            guess.give_back().await;
            enter(&state, &request, before, current.user.key, pair.session_id).await
        }
        Err(LogInError::WrongCredentials) => {
            flows::note_wrong_password(&state, &suspect, Admitted::default()).await;
            let (shell, bound) = (Shell::open(&ask), Bound::to_browser(&state, &request)?);
            let (buttons, wrong) = (buttons::of(&state.providers, ask.language), Some(shell.t.wrong_credentials));
            SignInPage { shell, token: &bound.token, buttons, email: typed, wrong }.answer(StatusCode::UNAUTHORIZED)
        }
        Err(error) => Err(error.into()),
    }
}

/// Lets somebody in with a session that has just begun. A session that this browser had before ends: nobody could reach it
/// any more, and nobody who had planted it goes on with it.
pub(super) async fn enter(
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
    Ok(reply::go(ACCOUNT, std::iter::once(cookie).chain(spent)))
}
