//! Forms that change the address of the account.

use account_flows::{PasswordAttempt, RequestChangeError, Screen};
use account_page_texts::{AddressTexts, Texts};
use account_storage::{ChangeEmailError, ConfirmEmailChange, EmailChangeState};
use accounts::{Password, TypedCode};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use bot_filter::SignInContext;
use service_kit::{ApiError, RequestId};

use super::email::{Typed, Wrong, show};
use crate::extract::{AttemptLimits, RequestLocation};
use crate::page_table::EMAIL;
use crate::pages::flash_message::FlashMessage;
use crate::pages::form::SignedForm;
use crate::pages::page_context::PageContext;
use crate::pages::reply;
use crate::pages::sign_in::known_device_proof;
use crate::state::AppState;

/// `POST /account/email/change`: sends codes to both mailboxes. Guesses of the password take from the budgets of
/// sign-ins.
pub async fn page_change_email(
    state: web::Data<AppState>,
    limits: AttemptLimits,
    page: PageContext,
    location: RequestLocation,
    (request, request_id): (HttpRequest, RequestId),
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let SignedForm { browser, fields } = &form;
    let (a, typed, given) = (AddressTexts::of(page.language), fields.text("email"), fields.secret("password"));
    let password = if given.expose().is_empty() { Ok(None) } else { Password::parse(given).map(Some) };
    let (to, password) = match (state.emails.parse(typed), password) {
        (Ok(to), Ok(password)) => (to, password),
        (to, password) => {
            let wrong = Wrong {
                email: to.err().map(|error| Texts::of(page.language).email_error(error)),
                password: password.is_err().then_some(a.wrong_password),
                ..Wrong::default()
            };
            return show(&state, page, browser, (StatusCode::UNPROCESSABLE_ENTITY, typed_email(typed)), wrong).await;
        }
    };
    let (who, client) = ((browser.key().id, browser.session), page.client_context(location.0));
    let outcome = match password {
        None => state.addresses.request_change(who, &to, None, &client).await,
        Some(password) => {
            let account = state.passwords.find_password_account(browser.key()).await?;
            let (proof, address) = (known_device_proof(&request), client.location.address);
            let context = SignInContext::without_device(&account.account_key, address, &proof, request_id.as_str());
            let attempt = PasswordAttempt { context, screen: Screen::SignedIn };
            state
                .attempts
                .run(attempt, &limits, async |lane| {
                    state.addresses.request_change(who, &to, Some((lane, password)), &client).await
                })
                .await?
        }
    };
    let (status, wrong) = match outcome {
        Ok(()) => return Ok(reply::redirect(&FlashMessage::CodeSent.on(EMAIL), [])),
        Err(RequestChangeError::NotFresh) => {
            (StatusCode::FORBIDDEN, Wrong { password: Some(a.sign_in_again), ..Wrong::default() })
        }
        Err(RequestChangeError::WrongPassword) => {
            (StatusCode::FORBIDDEN, Wrong { password: Some(a.wrong_password), ..Wrong::default() })
        }
        Err(RequestChangeError::Change(ChangeEmailError::OwnEmail)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Wrong { email: Some(a.own_email), ..Wrong::default() })
        }
        Err(error) => return Err(error.into()),
    };
    show(&state, page, browser, (status, typed_email(typed)), wrong).await
}

/// `POST /account/email/change/confirm`.
pub async fn page_confirm_change(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let SignedForm { browser, fields } = &form;
    let a = AddressTexts::of(page.language);
    let read = |name| match fields.text(name) {
        "" => Ok(None),
        text => TypedCode::parse(text).map(Some),
    };
    let (code, present) = match (read("code"), read("present_code")) {
        (Ok(code), Ok(present)) => (code, present),
        (code, present) => {
            let wrong = Wrong {
                change_code: code.is_err().then_some(a.wrong_code_shape),
                present_code: present.is_err().then_some(a.wrong_code_shape),
                ..Wrong::default()
            };
            return show(&state, page, browser, (StatusCode::UNPROCESSABLE_ENTITY, Typed::default()), wrong).await;
        }
    };
    let client = page.client_context(location.0);
    let request = ConfirmEmailChange {
        user: browser.key().id,
        session: browser.session,
        code: code.as_ref(),
        release_code: present.as_ref(),
        take_claimed: !fields.text("take_claimed").is_empty(),
        client: &client,
        at: state.now(),
    };
    let mut typed = Typed::default();
    let (status, wrong) = match state.addresses.confirm_change(&request).await {
        Ok(EmailChangeState::Changed) => return Ok(reply::redirect(&FlashMessage::EmailChanged.on(EMAIL), [])),
        Ok(EmailChangeState::Waits(_)) => {
            return Ok(reply::redirect(&FlashMessage::EmailChangeWaits.on(EMAIL), []));
        }
        Err(ChangeEmailError::CodeInvalid) => {
            let text = Some(a.wrong_change_code);
            let wrong = match (&code, &present) {
                (None, Some(_)) => Wrong { present_code: text, ..Wrong::default() },
                _ => Wrong { change_code: text, ..Wrong::default() },
            };
            (StatusCode::BAD_REQUEST, wrong)
        }
        Err(ChangeEmailError::EmailTaken) => {
            (StatusCode::CONFLICT, Wrong { change_code: Some(a.email_taken), ..Wrong::default() })
        }
        Err(ChangeEmailError::EmailClaimed) => {
            // The codes are right, and not spent.
            (typed.code, typed.present_code) = (fields.secret("code"), fields.secret("present_code"));
            (StatusCode::CONFLICT, Wrong { claimed: true, ..Wrong::default() })
        }
        Err(error) => return Err(error.into()),
    };
    show(&state, page, browser, (status, typed), wrong).await
}

fn typed_email(email: &str) -> Typed {
    Typed { email: email.to_owned(), ..Typed::default() }
}

/// `POST /account/email/change/cancel`.
pub async fn page_cancel_change(state: web::Data<AppState>, form: SignedForm) -> Result<HttpResponse, ApiError> {
    state.addresses.cancel_change(form.browser.key().id).await?;
    Ok(reply::redirect(&FlashMessage::EmailChangeCancelled.on(EMAIL), []))
}
