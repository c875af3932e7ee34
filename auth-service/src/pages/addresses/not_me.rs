//! "Not me": frees an address that somebody typed.

use account_page_texts::AddressTexts;
use accounts::Email;
use actix_web::{HttpRequest, HttpResponse, web};
use service_kit::ApiError;

use super::typed_address::{Step, Words, respond};
use crate::page_table::NOT_ME;
use crate::pages::form::OpenForm;
use crate::pages::link_query::LinkQuery;
use crate::pages::page_context::PageContext;
use crate::state::AppState;

fn words(a: &AddressTexts) -> Words {
    Words { action: NOT_ME, title: a.not_me_title, lead: a.not_me_lead, button: a.not_me_button }
}

/// `GET /account/not-me`. Opening it changes nothing.
pub async fn show_not_me(page: PageContext, link: LinkQuery, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    respond(&page, &request, words(AddressTexts::of(page.language)), link.0, Step::Ask)
}

/// `POST /account/not-me`.
pub async fn page_not_me(
    state: web::Data<AppState>,
    page: PageContext,
    form: OpenForm,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (a, fields) = (AddressTexts::of(page.language), &form.fields);
    let is_done = match Email::parse(fields.text("email")) {
        Ok(email) => state.addresses.free_claim(fields.text("link"), &email).await?,
        Err(_) => false,
    };
    let step = if is_done { Step::Done(a.not_me_done) } else { Step::Wrong(a.not_that_address) };
    respond(&page, &request, words(a), fields.secret("link"), step)
}
