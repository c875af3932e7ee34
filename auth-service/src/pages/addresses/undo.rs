//! Page of the link to a former mailbox: cancels or undoes a change of address.

use account_page_texts::AddressTexts;
use accounts::{Email, OpenedLink};
use actix_web::{HttpRequest, HttpResponse, web};
use service_kit::ApiError;

use super::typed_address::{Step, Words, respond};
use crate::extract::RequestLocation;
use crate::page_table::UNDO_EMAIL;
use crate::pages::form::OpenForm;
use crate::pages::link_query::LinkQuery;
use crate::pages::page_context::PageContext;
use crate::state::AppState;

fn words(a: &AddressTexts) -> Words {
    Words { action: UNDO_EMAIL, title: a.undo_title, lead: a.undo_lead, button: a.undo_button }
}

/// `GET /account/email/undo`. Opening it changes nothing.
pub async fn show_undo_email(
    state: web::Data<AppState>,
    page: PageContext,
    link: LinkQuery,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let a = AddressTexts::of(page.language);
    let is_good = match OpenedLink::parse(link.0.expose()) {
        Some(opened) => state.addresses.is_undo_link(&opened).await?,
        None => false,
    };
    let step = if is_good { Step::Ask } else { Step::Wrong(a.wrong_link) };
    respond(&page, &request, words(a), link.0, step)
}

/// `POST /account/email/undo`.
pub async fn page_undo_email(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: OpenForm,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (a, fields) = (AddressTexts::of(page.language), &form.fields);
    let client = page.client_context(location.0);
    let is_done = match (OpenedLink::parse(fields.text("link")), Email::parse(fields.text("email"))) {
        (Some(opened), Ok(former)) => state.addresses.undo_change(&opened, &former, &client).await?,
        _ => false,
    };
    let step = if is_done { Step::Done(a.undo_done) } else { Step::Wrong(a.not_that_address) };
    respond(&page, &request, words(a), fields.secret("link"), step)
}
