//! `GET /account`: overview of the account.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use service_kit::ApiError;

use super::addresses::{AddressState, address_state};
use super::browser_session::BrowserSession;
use super::layout::{Layout, Page, name_of};
use super::page_context::PageContext;
use super::times::day;
use crate::state::AppState;
use accounts::BirthDate;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    shell: Layout,
    name: String,
    /// What is to be done about the address, and the label of the link to its page.
    ask: Option<(&'static str, &'static str)>,
    /// Labels and values.
    facts: Vec<(&'static str, String)>,
    password_line: &'static str,
}

impl Page for OverviewPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// Shows the current account, and asks for the proof of its address.
pub async fn show_account(
    state: web::Data<AppState>,
    page: PageContext,
    browser: BrowserSession,
) -> Result<HttpResponse, ApiError> {
    let shell = Layout::signed(&page, &browser);
    let (texts, user) = (shell.t, &browser.current.user);
    let ask = match address_state(&state, user).await? {
        AddressState::Claimed => Some((shell.a.ask_proof, shell.a.link_button)),
        AddressState::Lost => Some((shell.a.lost_email, shell.a.set_email)),
        AddressState::Proved | AddressState::Missing => None,
    };
    let given = |value: Option<String>| value.unwrap_or_else(|| texts.not_given.to_owned());
    let facts = vec![
        (texts.email, given(user.email.as_ref().map(|email| email.to_unicode().into_owned()))),
        (texts.birth_date, given(user.birth_date.map(|born| day(texts, BirthDate::day(born))))),
        (texts.region, given(user.region.as_deref().map(|code| texts.region_name(code)))),
        (texts.member_since, browser.time_zone.day(texts, user.created_at)),
    ];
    let has_password = user.password_hash.is_some();
    let password_line = if has_password { texts.password_line } else { texts.no_password_line };
    let name = name_of(user);
    OverviewPage { shell, name, ask, facts, password_line }.respond(StatusCode::OK)
}
