//! Page of the link in a mail that proves an address. The session that asked presses its button; any other browser is
//! shown the code, to be typed where it was asked for: a link that is pressed elsewhere proves nothing.

use account_page_texts::AddressTexts;
use account_storage::ProofError;
use accounts::OpenedLink;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use contracts::Secret;
use service_kit::ApiError;

use crate::extract::RequestLocation;
use crate::page_table::EMAIL;
use crate::pages::browser_session::OptionalBrowserSession;
use crate::pages::flash_message::FlashMessage;
use crate::pages::form::SignedForm;
use crate::pages::layout::{Layout, Page};
use crate::pages::link_query::LinkQuery;
use crate::pages::page_context::PageContext;
use crate::pages::reply;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "email_confirm.html")]
struct ConfirmPage {
    shell: Layout,
    a: &'static AddressTexts,
    /// Secret of the link, for the session that asked; else empty.
    link: Secret,
    /// The code, for any other browser; empty when the link cannot be used.
    code: Secret,
}

impl Page for ConfirmPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// `GET /account/email/confirm`. Opening it changes nothing.
pub async fn show_confirm_email(
    state: web::Data<AppState>,
    page: PageContext,
    link: LinkQuery,
    browser: OptionalBrowserSession,
) -> Result<HttpResponse, ApiError> {
    let a = AddressTexts::of(page.language);
    let found = match OpenedLink::parse(link.0.expose()) {
        Some(opened) => state.addresses.find_proof_code(&opened).await?,
        None => None,
    };
    let shell = browser.0.as_ref().map_or_else(|| Layout::open(&page), |browser| Layout::signed(&page, browser));
    let shell = shell.keep_link(&link.0);
    let status = if found.is_some() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let session = browser.0.map(|browser| browser.session);
    let (link, code) = match found {
        Some((asker, _)) if Some(asker) == session => (link.0, Secret::default()),
        Some((_, code)) => (Secret::default(), code),
        None => (Secret::default(), Secret::default()),
    };
    ConfirmPage { shell, a, link, code }.respond(status)
}

/// `POST /account/email/confirm-link`: proves the address, in the session that asked.
pub async fn page_confirm_link(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let SignedForm { browser, fields } = &form;
    let client = page.client_context(location.0);
    let outcome = match OpenedLink::parse(fields.text("link")) {
        Some(opened) => {
            state.addresses.confirm_proof_by_link(browser.key().id, browser.session, &opened, &client).await
        }
        None => Err(ProofError::CodeInvalid),
    };
    match outcome {
        Ok(()) | Err(ProofError::Proved) => Ok(reply::redirect(&FlashMessage::EmailProved.on(EMAIL), [])),
        Err(error) => Err(error.into()),
    }
}
