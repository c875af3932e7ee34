//! Forms that prove the address of the account.

use account_page_texts::AddressTexts;
use account_storage::ProofError;
use accounts::TypedCode;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use service_kit::ApiError;

use super::email::{Typed, Wrong, show};
use crate::extract::RequestLocation;
use crate::page_table::EMAIL;
use crate::pages::flash_message::FlashMessage;
use crate::pages::form::SignedForm;
use crate::pages::page_context::PageContext;
use crate::pages::reply;
use crate::state::AppState;

/// `POST /account/email/proof`: sends a code for this session.
pub async fn page_request_proof(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let client = page.client_context(location.0);
    match state.addresses.request_proof(form.browser.key().id, form.browser.session, &client).await {
        Ok(()) => Ok(reply::redirect(&FlashMessage::CodeSent.on(EMAIL), [])),
        Err(ProofError::Proved) => Ok(reply::redirect(&FlashMessage::EmailProved.on(EMAIL), [])),
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/email/confirm`: proves the address with a typed code.
pub async fn page_confirm_email(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let SignedForm { browser, fields } = &form;
    let a = AddressTexts::of(page.language);
    let Ok(code) = TypedCode::parse(fields.text("code")) else {
        let wrong = Wrong { code: Some(a.wrong_code_shape), ..Wrong::default() };
        return show(&state, page, browser, (StatusCode::UNPROCESSABLE_ENTITY, Typed::default()), wrong).await;
    };
    let client = page.client_context(location.0);
    match state.addresses.confirm_proof(browser.key().id, browser.session, &code, &client).await {
        Ok(()) | Err(ProofError::Proved) => Ok(reply::redirect(&FlashMessage::EmailProved.on(EMAIL), [])),
        Err(ProofError::CodeInvalid) => {
            let wrong = Wrong { code: Some(a.wrong_code), ..Wrong::default() };
            show(&state, page, browser, (StatusCode::BAD_REQUEST, Typed::default()), wrong).await
        }
        Err(error) => Err(error.into()),
    }
}
