//! Start page of operators, and the search for an account.

use account_page_texts::AdminTexts;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use contracts::ids::UserId;
use service_kit::ApiError;

use super::operator_form::{OperatorForm, check};
use super::person;
use crate::page_table::ADMIN;
use crate::pages::browser_session::{BrowserSession, PageRejection};
use crate::pages::layout::{Layout, Page};
use crate::pages::page_context::PageContext;
use crate::state::AppState;
use account_flows::SearchPage;
use accounts::{AuditContext, PresentedLogin};

#[derive(Template)]
#[template(path = "admin.html")]
struct AdminPage {
    shell: Layout,
    a: &'static AdminTexts,
    /// Submitted search.
    who: String,
    /// Submitted reason.
    reason: String,
    wrong_who: Option<&'static str>,
    wrong_reason: Option<&'static str>,
    /// Ids of the accounts, when the login names several.
    several: Vec<UserId>,
    audit: bool,
}

impl Page for AdminPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

impl AdminPage {
    fn new(page: &PageContext, browser: &BrowserSession) -> Self {
        let (who, reason) = (String::new(), String::new());
        let (a, audit) = (AdminTexts::of(page.language), browser.rights.audit);
        let (shell, several) = (Layout::signed(page, browser), Vec::new());
        Self { shell, a, who, reason, wrong_who: None, wrong_reason: None, several, audit }
    }
}

/// `GET /account/admin`.
pub async fn show_admin(
    page: PageContext,
    browser: BrowserSession,
    request: HttpRequest,
) -> Result<HttpResponse, PageRejection> {
    check(&request, &browser).await?;
    Ok(AdminPage::new(&page, &browser).respond(StatusCode::OK)?)
}

/// `POST /account/admin/find`: shows the account, whose search and look are recorded.
pub async fn page_admin_find(
    state: web::Data<AppState>,
    page: PageContext,
    form: OperatorForm,
) -> Result<HttpResponse, ApiError> {
    let page = page.at(ADMIN);
    let texts = AdminTexts::of(page.language);
    let (who, context) = (form.fields.text("who").trim(), form.context(state.now()));
    let wrong_reason = context.is_err().then_some(texts.wrong_reason);
    let (login, mut several) = (PresentedLogin::parse(who), Vec::new());
    let (found, wrong_who) = match (&context, who.parse::<UserId>(), login.is_possible()) {
        (_, Ok(id), _) => (Some(id), None),
        (Ok(context), Err(_), true) => {
            let ids = find(&state, &login, context).await?;
            match ids[..] {
                [] => (None, Some(texts.none_found)),
                [id] => (Some(id), None),
                _ => {
                    several = ids;
                    (None, Some(texts.several_found))
                }
            }
        }
        (Err(_), Err(_), true) => (None, None),
        (_, Err(_), false) => (None, Some(texts.wrong_who)),
    };
    if let (Some(id), Ok(context)) = (found, &context)
        && let Some(response) = person::show(&state, &page, &form, id, context, person::News::default()).await?
    {
        return Ok(response);
    }
    let wrong_who = wrong_who.or_else(|| wrong_reason.is_none().then_some(texts.none_found));
    let status = if wrong_reason.is_none() && wrong_who == Some(texts.none_found) {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let (who, reason) = (who.to_owned(), form.fields.text("reason").to_owned());
    AdminPage { who, reason, wrong_who, wrong_reason, several, ..AdminPage::new(&page, &form.browser) }.respond(status)
}

async fn find(state: &AppState, login: &PresentedLogin, context: &AuditContext) -> Result<Vec<UserId>, ApiError> {
    let (found, _) = state.operators.find(SearchPage::Login(login), context).await?;
    Ok(found.into_iter().map(|user| user.id).collect())
}

/// The start page with a message, after an act that leaves no account to show.
pub(super) fn start_with(
    page: &PageContext,
    form: &OperatorForm,
    notice: &'static str,
) -> Result<HttpResponse, ApiError> {
    let mut template = AdminPage::new(page, &form.browser);
    template.shell.notice = Some(notice);
    template.respond(StatusCode::OK)
}
