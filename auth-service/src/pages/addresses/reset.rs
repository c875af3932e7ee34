//! New password, with the code or the link of a mail.

use account_flows::{ConfirmReset, ConfirmResetError, PasswordAttempt, ResetSecret, Screen};
use account_page_texts::{AddressTexts, Texts};
use accounts::{NewPassword, OpenedLink, TypedCode};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use bot_filter::{CaptchaProof, SignInContext};
use contracts::Secret;
use service_kit::{ApiError, RequestId};
use uuid::Uuid;

use crate::extract::{AttemptLimits, RequestLocation};
use crate::page_table::{FORGOTTEN, RESET_LINK, SIGN_IN};
use crate::pages::flash_message::FlashMessage;
use crate::pages::form::OpenForm;
use crate::pages::layout::{Layout, Page};
use crate::pages::link_query::LinkQuery;
use crate::pages::page_context::PageContext;
use crate::pages::reply;
use crate::pages::sign_in::CsrfBinding;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "reset.html")]
pub(super) struct ResetPage {
    pub shell: Layout,
    pub a: &'static AddressTexts,
    pub token: String,
    /// Submitted e-mail; empty with a link.
    pub email: String,
    /// Reset whose code is typed; empty with a link.
    pub reset_id: String,
    /// Secret of a link; empty with a code.
    pub link: Secret,
    pub wrong: Wrong,
}

/// Error of each field.
#[derive(Default)]
pub(super) struct Wrong {
    pub code: Option<&'static str>,
    pub password: Option<&'static str>,
    pub link: Option<&'static str>,
}

impl Wrong {
    fn any(&self) -> bool {
        [self.code, self.password, self.link].iter().any(Option::is_some)
    }
}

impl Page for ResetPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// `GET /account/reset/new`: the page of the link in a mail. Opening it changes nothing.
pub async fn show_reset(
    state: web::Data<AppState>,
    page: PageContext,
    link: LinkQuery,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (csrf, a) = (CsrfBinding::for_browser(&request)?, AddressTexts::of(page.language));
    let is_good = match OpenedLink::parse(link.0.expose()) {
        Some(opened) => state.addresses.is_reset_link(&opened).await?,
        None => false,
    };
    let wrong = Wrong { link: (!is_good).then_some(a.wrong_link), ..Wrong::default() };
    let status = if is_good { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let (email, reset_id, shell) = (String::new(), String::new(), Layout::open(&page).keep_link(&link.0));
    let template = ResetPage { shell, a, token: csrf.token, email, reset_id, link: link.0, wrong };
    template.respond_with(status, csrf.cookie)
}

/// `POST /account/reset`: sets the password. Nobody is signed in by it.
pub async fn page_reset_password(
    state: web::Data<AppState>,
    limits: AttemptLimits,
    page: PageContext,
    location: RequestLocation,
    form: OpenForm,
    (request, request_id): (HttpRequest, RequestId),
) -> Result<HttpResponse, ApiError> {
    let (fields, a) = (&form.fields, AddressTexts::of(page.language));
    let by_link = !fields.text("link").is_empty();
    let show_errors = |status, wrong| {
        let (csrf, link) = (CsrfBinding::for_browser(&request)?, fields.secret("link"));
        let shell = Layout::open(&page.clone().at(if by_link { RESET_LINK } else { FORGOTTEN })).keep_link(&link);
        let [email, reset_id] = ["email", "reset_id"].map(|name| fields.text(name).to_owned());
        ResetPage { shell, a, token: csrf.token, email, reset_id, link, wrong }.respond(status)
    };
    let secret = match by_link {
        true => OpenedLink::parse(fields.text("link")).map(ResetSecret::Link),
        false => read_code(fields.text("reset_id"), fields.text("code")),
    };
    let (secret, password) = match (secret, NewPassword::parse(fields.secret("password"))) {
        (Some(secret), Ok(password)) => (secret, password),
        (secret, password) => {
            let wrong = Wrong {
                code: (secret.is_none() && !by_link).then_some(a.wrong_code_shape),
                link: (secret.is_none() && by_link).then_some(a.wrong_link),
                password: password.is_err().then_some(shell_texts(&page).wrong_length),
            };
            return show_errors(StatusCode::UNPROCESSABLE_ENTITY, wrong);
        }
    };
    let account = match &secret {
        ResetSecret::Code { reset, .. } => reset.to_string(),
        ResetSecret::Link(opened) => opened.id.to_string(),
    };
    let (proof, client) = (CaptchaProof::default(), page.client_context(location.0));
    let context = SignInContext::without_device(&account, client.location.address, &proof, request_id.as_str());
    let attempt = PasswordAttempt { context, screen: Screen::SignedIn };
    let confirm = ConfirmReset { secret, password, client };
    let outcome =
        state.attempts.run(attempt, &limits, async |lane| state.addresses.confirm_reset(lane, confirm).await).await?;
    match outcome {
        Ok(()) => Ok(reply::redirect(&FlashMessage::PasswordReset.on(SIGN_IN), [])),
        Err(ConfirmResetError::CodeInvalid) => {
            let wrong = Wrong {
                code: (!by_link).then_some(a.wrong_code),
                link: by_link.then_some(a.wrong_link),
                ..Wrong::default()
            };
            show_errors(StatusCode::BAD_REQUEST, wrong)
        }
        Err(ConfirmResetError::PasswordTooCommon(_)) => {
            let wrong = Wrong { password: Some(shell_texts(&page).wrong_common), ..Wrong::default() };
            show_errors(StatusCode::UNPROCESSABLE_ENTITY, wrong)
        }
        Err(error) => Err(error.into()),
    }
}

fn shell_texts(page: &PageContext) -> &'static Texts {
    Texts::of(page.language)
}

fn read_code(reset: &str, code: &str) -> Option<ResetSecret> {
    Some(ResetSecret::Code { reset: Uuid::parse_str(reset).ok()?, code: TypedCode::parse(code).ok()? })
}
