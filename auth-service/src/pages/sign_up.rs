//! Sign-up page.

use account_page_texts::{Texts, countries};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use bot_filter::{CaptchaProof, SignInContext};
use chrono::NaiveDate;
use contracts::Secret;
use service_kit::{ApiError, RequestId};

use super::browser_session::OptionalBrowserSession;
use super::buttons::{self, Button};
use super::form::{Fields, OpenForm};
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::reply;
use super::sign_in::{CsrfBinding, set_known_device, start_browser_session};
use crate::extract::{AttemptLimits, RequestLocation};
use crate::page_table::ACCOUNT;
use crate::state::AppState;
use account_flows::{PasswordAttempt, Screen, SignUpError, SignUpFormError};
use account_storage::InsertUserError;
use accounts::{DisplayName, EmailPolicy, NewPassword};

/// Form field of the nonce.
const NONCE: &str = "form_nonce";

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUpPage<'a> {
    shell: Layout,
    token: &'a str,
    /// Nonce for a single submission; empty where none is needed.
    nonce: Secret,
    buttons: Vec<Button>,
    typed: Typed<'a>,
    wrong: Wrong,
}

impl Page for SignUpPage<'_> {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// Submitted values, shown again with errors. Never the password.
#[derive(Default)]
struct Typed<'a> {
    email: &'a str,
    name: &'a str,
    birth_date: &'a str,
    region: &'a str,
}

/// Error of each field.
#[derive(Default)]
struct Wrong {
    email: Option<&'static str>,
    password: Option<&'static str>,
    name: Option<&'static str>,
    birth_date: Option<&'static str>,
    region: Option<&'static str>,
    /// Error of the whole form: sent too early, too late or twice.
    form: Option<&'static str>,
}

impl Wrong {
    fn any(&self) -> bool {
        [self.form, self.email, self.password, self.name, self.birth_date, self.region].iter().any(Option::is_some)
    }
}

/// `GET /account/sign-up`.
pub async fn show_sign_up(
    state: web::Data<AppState>,
    page: PageContext,
    browser: OptionalBrowserSession,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    if browser.0.is_some() {
        return Ok(reply::redirect(ACCOUNT, page.language_cookie()));
    }
    let csrf = CsrfBinding::for_browser(&request)?;
    let (shell, buttons) = (Layout::open(&page), buttons::of(&state.providers, page.language));
    let (typed, wrong) = (Typed::default(), Wrong::default());
    let nonce = state.bot_filter.sign_up_form().unwrap_or_default();
    SignUpPage { shell, token: &csrf.token, nonce, buttons, typed, wrong }.respond_with(StatusCode::OK, csrf.cookie)
}

/// `POST /account/sign-up`: the same budgets as `sign_up`, by the same keys. Instead of a captcha there are a form that
/// can be sent once, and not at once, and a budget of the network. A new account is signed in.
pub async fn page_sign_up(
    state: web::Data<AppState>,
    limits: AttemptLimits,
    page: PageContext,
    location: RequestLocation,
    previous: OptionalBrowserSession,
    form: OpenForm,
    (request, request_id): (HttpRequest, RequestId),
) -> Result<HttpResponse, ApiError> {
    let (texts, fields) = (Texts::of(page.language), &form.fields);
    let show_errors = |status, wrong| {
        let (shell, csrf) = (Layout::open(&page), CsrfBinding::for_browser(&request)?);
        let buttons = buttons::of(&state.providers, page.language);
        let nonce = state.bot_filter.sign_up_form().unwrap_or_default();
        SignUpPage { shell, token: &csrf.token, nonce, buttons, typed: typed(fields), wrong }.respond(status)
    };
    let mut sign_up = match parse(fields, texts, state.emails) {
        Ok(sign_up) => sign_up,
        Err(wrong) => return show_errors(StatusCode::UNPROCESSABLE_ENTITY, wrong),
    };
    let (email, proof, address) = (sign_up.email.clone(), CaptchaProof::default(), location.0.address);
    let context = SignInContext::without_device(email.as_str(), address, &proof, request_id.as_str());
    let send_again = Wrong { form: Some(texts.send_again), ..Wrong::default() };
    sign_up.form = match state.accounts.check_sign_up_form(&state.bot_filter, fields.text(NONCE)).await {
        Ok(form) => form,
        Err(SignUpFormError::Rejected) => return show_errors(StatusCode::UNPROCESSABLE_ENTITY, send_again),
        Err(error) => return Err(error.into()),
    };
    let attempt = PasswordAttempt { context, screen: Screen::PageSignUp };
    let outcome =
        state.attempts.run(attempt, &limits, async |lane| state.accounts.sign_up(lane, sign_up).await).await?;
    let (status, wrong) = match outcome {
        Ok(user) => {
            let (device, id) = (page.device.clone(), user.key.id);
            let (current, pair) = state.sessions.open_first(user, device, location.0).await?;
            let response = start_browser_session(&state, &request, previous, current.user.key, pair.session_id).await?;
            return Ok(set_known_device(&state, response, email.as_str(), id, current.token_version));
        }
        Err(SignUpError::Insert(InsertUserError::EmailTaken)) => {
            (StatusCode::CONFLICT, Wrong { email: Some(texts.email_taken), ..Wrong::default() })
        }
        Err(SignUpError::Insert(InsertUserError::FormConsumed)) => (StatusCode::UNPROCESSABLE_ENTITY, send_again),
        Err(SignUpError::PasswordTooCommon(_)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Wrong { password: Some(texts.wrong_common), ..Wrong::default() })
        }
        Err(SignUpError::BirthDate(_)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Wrong { birth_date: Some(texts.wrong_birth_date), ..Wrong::default() })
        }
        Err(error) => return Err(error.into()),
    };
    show_errors(status, wrong)
}

fn typed(fields: &Fields) -> Typed<'_> {
    let [email, name, birth_date, region] = ["email", "name", "birth_date", "region"].map(|name| fields.text(name));
    Typed { email, name, birth_date, region }
}

/// The sign-up, or the errors of all fields.
fn parse(fields: &Fields, texts: &Texts, emails: EmailPolicy) -> Result<account_flows::SignUp, Wrong> {
    let Typed { email, name, birth_date, region } = typed(fields);
    let (name, password) = (DisplayName::parse(name), NewPassword::parse(fields.secret("password")));
    let (email, day) = (emails.parse(email), optional(birth_date, |text| text.parse::<NaiveDate>().ok()));
    let region = optional(region, countries::parse);
    let wrong = Wrong {
        email: email.as_ref().err().map(|error| texts.email_error(*error)),
        password: password.as_ref().err().map(|error| texts.password_error(*error)),
        name: name.is_err().then_some(texts.wrong_name),
        birth_date: day.is_none().then_some(texts.wrong_birth_date),
        region: region.is_none().then_some(texts.wrong_region),
        form: None,
    };
    match (email, password, name, day, region) {
        (Ok(email), Ok(password), Ok(display_name), Some(birth_date), Some(region)) => {
            Ok(account_flows::SignUp { email, password, display_name, birth_date, region, form: None })
        }
        _ => Err(wrong),
    }
}

/// `Some(None)` for an empty field; `None` when it is invalid.
fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    let text = text.trim();
    if text.is_empty() { Some(None) } else { read(text).map(Some) }
}
