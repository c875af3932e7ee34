//! Password page.

use account_page_texts::Texts;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use bot_filter::{CaptchaProof, SignInContext};
use service_kit::{ApiError, RequestId};

use super::browser_session::BrowserSession;
use super::flash_message::FlashMessage;
use super::form::{Fields, SignedForm};
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::reply;
use super::sign_in::{known_device_proof, set_known_device};
use crate::extract::{AttemptLimits, RequestLocation};
use crate::page_table::SECURITY;
use crate::state::AppState;
use account_flows::{ChangePasswordError, FirstLogin, PasswordAttempt, Screen, SetPasswordError};
use account_storage::FirstPasswordError;
use accounts::{NewPassword, Password, User};

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage {
    shell: Layout,
    has_password: bool,
    /// E-mail of the account, if it has one.
    email: String,
    /// Submitted e-mail.
    typed_email: String,
    wrong: Wrong,
}

impl Page for SecurityPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// Error of each field.
#[derive(Default)]
struct Wrong {
    current: Option<&'static str>,
    email: Option<&'static str>,
    new: Option<&'static str>,
}

impl Wrong {
    fn any(&self) -> bool {
        [self.current, self.email, self.new].iter().any(Option::is_some)
    }
}

impl SecurityPage {
    fn new(shell: Layout, user: &User) -> Self {
        let email = user.email.as_ref().map(|email| email.to_unicode().into_owned()).unwrap_or_default();
        let (has_password, wrong) = (user.password_hash.is_some(), Wrong::default());
        Self { shell, has_password, typed_email: email.clone(), email, wrong }
    }
}

/// `GET /account/security`.
pub async fn show_security(page: PageContext, browser: BrowserSession) -> Result<HttpResponse, ApiError> {
    SecurityPage::new(Layout::signed(&page, &browser), &browser.current.user).respond(StatusCode::OK)
}

/// `POST /account/security`. Guesses of the current password take from the budgets of sign-ins.
pub async fn page_change_password(
    state: web::Data<AppState>,
    limits: AttemptLimits,
    page: PageContext,
    location: RequestLocation,
    (request, request_id): (HttpRequest, RequestId),
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let SignedForm { browser, fields } = &form;
    let texts = Texts::of(page.language);
    let current = Password::parse(fields.secret("current_password"));
    let (current, new) = match (current, NewPassword::parse(fields.secret("new_password"))) {
        (Ok(current), Ok(new)) => (current, new),
        // Of a length that no password has, the current one is no guess.
        (current, new) => {
            let wrong = Wrong {
                current: current.is_err().then_some(texts.wrong_current),
                new: new.as_ref().err().map(|error| texts.password_error(*error)),
                ..Wrong::default()
            };
            return show_errors(page, browser, fields, StatusCode::UNPROCESSABLE_ENTITY, wrong);
        }
    };
    let account = state.passwords.find_password_account(browser.key()).await?;
    let (key, proof) = (account.account_key.clone(), known_device_proof(&request));
    let context = SignInContext::without_device(&key, location.0.address, &proof, request_id.as_str());
    let change = account_flows::ChangePassword {
        user: browser.key(),
        session: browser.session,
        client: page.client_context(location.0),
        current,
        new,
        unlink: !fields.text("unlink").is_empty(),
    };
    let attempt = PasswordAttempt { context, screen: Screen::SignedIn };
    let outcome =
        state.attempts.run(attempt, &limits, async |lane| state.passwords.change(lane, account, change).await).await?;
    let (status, wrong) = match outcome {
        Ok(version) => {
            let response = reply::redirect(&FlashMessage::PasswordChanged.on(SECURITY), []);
            return Ok(set_known_device(&state, response, &key, browser.key().id, version));
        }
        Err(ChangePasswordError::PasswordTooCommon(_)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Wrong { new: Some(texts.wrong_common), ..Wrong::default() })
        }
        Err(ChangePasswordError::WrongPassword) => {
            (StatusCode::FORBIDDEN, Wrong { current: Some(texts.wrong_current), ..Wrong::default() })
        }
        Err(error) => return Err(error.into()),
    };
    show_errors(page, browser, fields, status, wrong)
}

/// `POST /account/security/first`. A new address takes from the budgets of sign-ups.
pub async fn page_set_password(
    state: web::Data<AppState>,
    limits: AttemptLimits,
    page: PageContext,
    location: RequestLocation,
    request_id: RequestId,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let SignedForm { browser, fields } = &form;
    let (texts, typed) = (Texts::of(page.language), fields.text("email"));
    let email = if typed.is_empty() { Ok(None) } else { state.emails.parse(typed).map(Some) };
    let (email, new) = match (email, NewPassword::parse(fields.secret("new_password"))) {
        (Ok(email), Ok(new)) => (email, new),
        (email, new) => {
            let wrong = Wrong {
                current: None,
                email: email.as_ref().err().map(|error| texts.email_error(*error)),
                new: new.as_ref().err().map(|error| texts.password_error(*error)),
            };
            return show_errors(page, browser, fields, StatusCode::UNPROCESSABLE_ENTITY, wrong);
        }
    };
    let id = browser.key().id;
    let outcome = match state.passwords.check_first(id, browser.session, &new, email).await {
        Ok(login) => {
            let (account, screen) = match &login {
                FirstLogin::New(email) => (email.as_str().to_owned(), Screen::PageSignUp),
                FirstLogin::Own(_) => (id.to_string(), Screen::SignedIn),
            };
            let (proof, client) = (CaptchaProof::default(), page.client_context(location.0));
            let context = SignInContext::without_device(&account, client.location.address, &proof, request_id.as_str());
            let attempt = PasswordAttempt { context, screen };
            state
                .attempts
                .run(attempt, &limits, async |lane| state.passwords.set_first(lane, id, new, login, &client).await)
                .await?
        }
        Err(error) => Err(error),
    };
    let (status, wrong) = match outcome {
        Ok(()) => return Ok(reply::redirect(&FlashMessage::PasswordSet.on(SECURITY), [])),
        Err(SetPasswordError::PasswordTooCommon(_)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Wrong { new: Some(texts.wrong_common), ..Wrong::default() })
        }
        Err(SetPasswordError::FirstPassword(FirstPasswordError::EmailNeeded)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Wrong { email: Some(texts.wrong_email), ..Wrong::default() })
        }
        Err(SetPasswordError::FirstPassword(FirstPasswordError::EmailTaken)) => {
            (StatusCode::CONFLICT, Wrong { email: Some(texts.other_email_taken), ..Wrong::default() })
        }
        Err(error) => return Err(error.into()),
    };
    show_errors(page, browser, fields, status, wrong)
}

/// The form again, with its errors.
fn show_errors(
    page: PageContext,
    browser: &BrowserSession,
    fields: &Fields,
    status: StatusCode,
    wrong: Wrong,
) -> Result<HttpResponse, ApiError> {
    let shell = Layout::signed(&page.at(SECURITY), browser);
    let template = SecurityPage::new(shell, &browser.current.user);
    SecurityPage { wrong, typed_email: fields.text("email").to_owned(), ..template }.respond(status)
}
