//! Sign-up page.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use contracts::Secret;
use service_kit::{ApiError, RequestId, SubjectLimits};

use super::browser_session::MaybeVisitor;
use super::buttons::{self, Button};
use super::form::{Fields, OpenForm};
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::reply;
use super::sign_in::{CsrfBinding, known, start_browser_session};
use super::table::ACCOUNT;
use super::texts::Texts;
use crate::domain::regions::RegionCode;
use crate::domain::{DisplayName, Email};
use crate::endpoints::attempt::{Attempt, Screen, plain};
use crate::extract::ClientPlace;
use crate::flows::{self, CaptchaProof, SignUpError};
use crate::state::AppState;

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
    ask: PageContext,
    visitor: MaybeVisitor,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    if visitor.0.is_some() {
        return Ok(reply::redirect(ACCOUNT, ask.language_cookie()));
    }
    let bound = CsrfBinding::to_browser(&state, &request)?;
    let (shell, buttons) = (Layout::open(&ask), buttons::of(&state.providers, ask.language));
    let (typed, wrong) = (Typed::default(), Wrong::default());
    let nonce = flows::sign_up_form(&state).unwrap_or_default();
    SignUpPage { shell, token: &bound.token, nonce, buttons, typed, wrong }.answer_with(StatusCode::OK, bound.cookie)
}

/// `POST /account/sign-up`: the same budgets as `sign_up`, by the same keys. Instead of a captcha there are a form that
/// can be sent once, and not at once, and a budget of the network. A new account is signed in.
pub async fn page_sign_up(
    state: web::Data<AppState>,
    gate: SubjectLimits,
    ask: PageContext,
    place: ClientPlace,
    before: MaybeVisitor,
    form: OpenForm,
    (request, request_id): (HttpRequest, RequestId),
) -> Result<HttpResponse, ApiError> {
    let (texts, fields) = (Texts::of(ask.language), &form.fields);
    let refuse = |status, wrong| {
        let (shell, bound) = (Layout::open(&ask), CsrfBinding::to_browser(&state, &request)?);
        let buttons = buttons::of(&state.providers, ask.language);
        let nonce = flows::sign_up_form(&state).unwrap_or_default();
        SignUpPage { shell, token: &bound.token, nonce, buttons, typed: typed(fields), wrong }.answer(status)
    };
    let mut wish = match checked(fields, texts) {
        Ok(wish) => wish,
        Err(wrong) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, wrong),
    };
    let (email, shown, address) = (wish.email.clone(), CaptchaProof::default(), place.0.address);
    let suspect = plain(email.as_str(), address, &shown, request_id.as_str());
    let outcome = match flows::check_sign_up_form(&state, fields.text(NONCE)).await {
        Ok(form) => {
            wish.form = form;
            let attempt = Attempt { state: &state, gate: &gate, suspect, screen: Screen::PageSignUp };
            attempt.run(async |lane| flows::sign_up(&state, lane, wish).await).await?
        }
        Err(error) => Err(error),
    };
    let (status, wrong) = match outcome {
        Ok(user) => {
            let (device, id) = (ask.device.clone(), user.key.id);
            let (current, pair) = flows::open_first_session(&state, user, device, place.0).await?;
            let answer = start_browser_session(&state, &request, before, current.user.key, pair.session_id).await?;
            return Ok(known(&state, answer, email.as_str(), id, current.token_version));
        }
        Err(SignUpError::EmailTaken) => {
            (StatusCode::CONFLICT, Wrong { email: Some(texts.email_taken), ..Wrong::default() })
        }
        Err(SignUpError::FormRejected) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Wrong { form: Some(texts.send_again), ..Wrong::default() })
        }
        Err(SignUpError::PasswordTooCommon) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Wrong { password: Some(texts.wrong_common), ..Wrong::default() })
        }
        Err(SignUpError::BirthDate(_)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Wrong { birth_date: Some(texts.wrong_birth_date), ..Wrong::default() })
        }
        Err(error) => return Err(error.into()),
    };
    refuse(status, wrong)
}

fn typed(fields: &Fields) -> Typed<'_> {
    let [email, name, birth_date, region] = ["email", "name", "birth_date", "region"].map(|name| fields.text(name));
    Typed { email, name, birth_date, region }
}

/// `true` when the length is within the contract's bounds.
pub(super) fn has_length(password: &Secret) -> bool {
    (8..=256).contains(&password.expose().chars().count())
}

/// The sign-up, or the errors of all fields.
fn checked(fields: &Fields, texts: &Texts) -> Result<flows::SignUp, Wrong> {
    let Typed { email, name, birth_date, region } = typed(fields);
    let (name, password) = (DisplayName::parse(name), fields.secret("password"));
    let (email, day) = (Email::parse(email), optional(birth_date, |text| text.parse::<NaiveDate>().ok()));
    let region = optional(region, |text| RegionCode::parse(text).map(|code| code.to_string()));
    let wrong = Wrong {
        email: email.is_err().then_some(texts.wrong_email),
        password: (!has_length(&password)).then_some(texts.wrong_length),
        name: name.is_err().then_some(texts.wrong_name),
        birth_date: day.is_none().then_some(texts.wrong_birth_date),
        region: region.is_none().then_some(texts.wrong_region),
        form: None,
    };
    match (email, name, day, region) {
        (Ok(email), Ok(display_name), Some(birth_date), Some(region)) if !wrong.any() => {
            Ok(flows::SignUp { email, password, display_name, birth_date, region, roles: Vec::new(), form: None })
        }
        _ => Err(wrong),
    }
}

/// `Some(None)` for an empty field; `None` when it is invalid.
fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    let text = text.trim();
    if text.is_empty() { Some(None) } else { read(text).map(Some) }
}
