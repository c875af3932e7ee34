//! `GET /account/history`: sign-in history.

use account_page_texts::Texts;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use contracts::Cursor;
use service_kit::ApiError;

use super::browser_session::BrowserSession;
use super::devices::location_text;
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::times::{FormattedTime, TimeZone};
use crate::state::AppState;
use account_flows::HistoryRange;
use accounts::{SignIn, SignInMethod, SignInResult};

/// Rows per page.
const LINES: usize = 20;

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    shell: Layout,
    rows: Vec<Row>,
    newer: bool,
    next: Option<String>,
    zone: String,
}

struct Row {
    at: FormattedTime,
    device: &'static str,
    how: &'static str,
    place: String,
    outcome: &'static str,
    good: bool,
}

impl Page for HistoryPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// Shows a page of the history.
pub async fn show_history(
    state: web::Data<AppState>,
    page: PageContext,
    browser: BrowserSession,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let cursor = cursor(&request);
    let range = HistoryRange { since: None, until: None, cursor: cursor.as_ref() };
    let (lines, next) = state.sessions.list_sign_ins(browser.key().id, range, LINES).await?;
    let shell = Layout::signed(&page, &browser);
    let time_zone = browser.time_zone;
    let rows = lines.iter().map(|line| row(shell.t, time_zone, line)).collect();
    let (newer, next) = (cursor.is_some(), next.map(|cursor| cursor.0));
    HistoryPage { shell, rows, newer, next, zone: time_zone.name() }.respond(StatusCode::OK)
}

fn cursor(request: &HttpRequest) -> Option<Cursor> {
    let mut pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
    pairs.find(|(name, _)| name == "cursor").map(|(_, value)| Cursor(value.into_owned()))
}

fn row(texts: &Texts, time_zone: TimeZone, line: &SignIn) -> Row {
    let (good, outcome) = match line.result {
        SignInResult::Success => (true, texts.good),
        SignInResult::WrongPassword => (false, texts.bad_password),
        SignInResult::Disabled => (false, texts.closed),
    };
    Row {
        at: time_zone.format(texts, line.at),
        device: texts.kind(line.device),
        how: match line.method {
            SignInMethod::Password => texts.by_password,
            SignInMethod::Refresh => texts.by_refresh,
            SignInMethod::Social => texts.by_social,
            SignInMethod::Device => texts.by_device,
            SignInMethod::Redirect => texts.by_redirect,
        },
        place: location_text(texts, &line.location).unwrap_or_else(|| texts.unknown_place.to_owned()),
        outcome,
        good,
    }
}
