//! Page of a link that acts without a session: it asks for the address to which the mail was sent. Programs that scan
//! mails open links and press buttons, but do not know it.

use account_page_texts::AddressTexts;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use contracts::Secret;
use service_kit::ApiError;

use crate::pages::layout::{Layout, Page};
use crate::pages::page_context::PageContext;
use crate::pages::sign_in::CsrfBinding;

#[derive(Template)]
#[template(path = "typed_address.html")]
struct TypedAddressPage {
    shell: Layout,
    a: &'static AddressTexts,
    token: String,
    words: Words,
    link: Secret,
    wrong: Option<&'static str>,
    /// Set when it is done.
    done: Option<&'static str>,
}

/// Action and texts of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub action: &'static str,
    pub title: &'static str,
    pub lead: &'static str,
    pub button: &'static str,
}

/// State of the page.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Ask,
    Wrong(&'static str),
    Done(&'static str),
}

impl Page for TypedAddressPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// The page.
pub(super) fn respond(
    page: &PageContext,
    request: &HttpRequest,
    words: Words,
    link: Secret,
    step: Step,
) -> Result<HttpResponse, ApiError> {
    let (csrf, a) = (CsrfBinding::for_browser(request)?, AddressTexts::of(page.language));
    let (status, wrong, done) = match step {
        Step::Ask => (StatusCode::OK, None, None),
        Step::Wrong(text) => (StatusCode::BAD_REQUEST, Some(text), None),
        Step::Done(text) => (StatusCode::OK, None, Some(text)),
    };
    let shell = Layout::open(page).keep_link(&link);
    TypedAddressPage { shell, a, token: csrf.token, words, link, wrong, done }.respond_with(status, csrf.cookie)
}
