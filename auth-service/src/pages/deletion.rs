//! Deletion of the account: what goes, and a form that does it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use service_kit::ApiError;

use super::browser_session::BrowserSession;
use super::flash_message::FlashMessage;
use super::form::SignedForm;
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::{cookies, reply};
use crate::extract::RequestLocation;
use crate::page_table::{DELETION, SIGN_IN};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "deletion.html")]
struct DeletionPage {
    shell: Layout,
    /// Error of the check box.
    wrong: Option<&'static str>,
}

impl Page for DeletionPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// `GET /account/delete`.
pub async fn show_deletion(page: PageContext, browser: BrowserSession) -> Result<HttpResponse, ApiError> {
    DeletionPage { shell: Layout::signed(&page, &browser), wrong: None }.respond(StatusCode::OK)
}

/// `POST /account/delete`.
pub async fn page_delete(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let browser = &form.browser;
    if form.fields.text("sure").is_empty() {
        let shell = Layout::signed(&page.at(DELETION), browser);
        let wrong = Some(shell.t.wrong_sure);
        return DeletionPage { shell, wrong }.respond(StatusCode::UNPROCESSABLE_ENTITY);
    }
    state.accounts.delete(browser.key().id, browser.session, &page.client_context(location.0)).await?;
    let gone = [cookies::SESSION, cookies::DEVICE, cookies::ZONE].map(cookies::clear);
    Ok(reply::redirect(&FlashMessage::Deleted.on(SIGN_IN), gone))
}
