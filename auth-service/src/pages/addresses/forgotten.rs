//! Forgotten password: asks for the e-mail, and sends a code to it.

use account_page_texts::AddressTexts;
use accounts::Email;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use contracts::Secret;
use service_kit::ApiError;
use uuid::Uuid;

use super::reset::{ResetPage, Wrong};
use crate::extract::RequestLocation;
use crate::pages::form::OpenForm;
use crate::pages::layout::{Layout, Page};
use crate::pages::page_context::PageContext;
use crate::pages::sign_in::CsrfBinding;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "forgotten.html")]
struct ForgottenPage {
    shell: Layout,
    a: &'static AddressTexts,
    token: String,
    email: String,
    wrong: Option<&'static str>,
}

impl Page for ForgottenPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// `GET /account/forgotten`.
pub async fn show_forgotten(page: PageContext, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let (csrf, a) = (CsrfBinding::for_browser(&request)?, AddressTexts::of(page.language));
    let template =
        ForgottenPage { shell: Layout::open(&page), a, token: csrf.token, email: String::new(), wrong: None };
    template.respond_with(StatusCode::OK, csrf.cookie)
}

/// `POST /account/forgotten`: sends the code and asks for it. The page is the same for every address. It has no captcha;
/// its limit is that of the API.
pub async fn page_request_reset(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: OpenForm,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (fields, a) = (&form.fields, AddressTexts::of(page.language));
    let (shell, csrf, typed) = (Layout::open(&page), CsrfBinding::for_browser(&request)?, fields.text("email"));
    let Ok(email) = Email::parse(typed) else {
        let wrong = Some(shell.t.wrong_email);
        let template = ForgottenPage { shell, a, token: csrf.token, email: typed.to_owned(), wrong };
        return template.respond(StatusCode::UNPROCESSABLE_ENTITY);
    };
    let earlier = Uuid::parse_str(fields.text("reset_id")).ok();
    let client = page.client_context(location.0);
    let reset = state.addresses.request_reset(&email, earlier, &client).await?;
    let (reset_id, link) = (reset.to_string(), Secret::default());
    let template = ResetPage {
        shell,
        a,
        token: csrf.token,
        email: email.as_str().to_owned(),
        reset_id,
        link,
        wrong: Wrong::default(),
    };
    template.respond(StatusCode::OK)
}
