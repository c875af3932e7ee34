//! `POST /account/sign-out`.

use actix_web::{HttpResponse, web};
use service_kit::ApiError;

use super::flash_message::FlashMessage;
use super::form::SignedForm;
use super::{cookies, reply};
use crate::page_table::SIGN_IN;
use crate::state::AppState;

/// Ends the session in the database, then deletes the cookie.
pub async fn page_sign_out(state: web::Data<AppState>, form: SignedForm) -> Result<HttpResponse, ApiError> {
    state.sessions.log_out(form.browser.session).await?;
    Ok(reply::redirect(&FlashMessage::SignedOut.on(SIGN_IN), [cookies::clear(cookies::SESSION)]))
}
