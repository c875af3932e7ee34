//! Audit events, page by page. A page is a form: each look states its reason.

use account_page_texts::AdminTexts;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use contracts::ids::UserId;
use contracts::{Cursor, codes};
use service_kit::ApiError;

use super::operator_form::OperatorForm;
use crate::page_table::ADMIN;
use crate::pages::layout::{Layout, Page};
use crate::pages::page_context::PageContext;
use crate::pages::times::{FormattedTime, TimeZone};
use crate::state::AppState;
use accounts::{AuditActor, AuditRecord};

/// Rows per page.
const LINES: usize = 50;

#[derive(Template)]
#[template(path = "admin_audit.html")]
struct AuditPage {
    shell: Layout,
    a: &'static AdminTexts,
    rows: Vec<Row>,
    who: String,
    reason: String,
    next: Option<String>,
    zone: String,
}

struct Row {
    at: FormattedTime,
    actor: String,
    act: String,
    account: String,
    reason: String,
    outcome: String,
    good: bool,
}

impl Page for AuditPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// `POST /account/admin/audit`.
pub async fn page_admin_audit(
    state: web::Data<AppState>,
    page: PageContext,
    form: OperatorForm,
) -> Result<HttpResponse, ApiError> {
    if !form.browser.rights.audit {
        return Err(ApiError::new(codes::FORBIDDEN));
    }
    let shell = Layout::signed(&page.at(ADMIN), &form.browser);
    let a = AdminTexts::of(shell.t.language);
    let context = form.context(state.now()).map_err(|_| ApiError::field("/reason", a.wrong_reason))?;
    let who = form.fields.text("who").trim();
    let user = match who {
        "" => None,
        id => Some(id.parse::<UserId>().map_err(|_| ApiError::field("/who", a.wrong_who))?),
    };
    let cursor = Some(Cursor(form.fields.text("cursor").to_owned())).filter(|cursor| !cursor.0.is_empty());
    let (events, next) = state.operators.list_audit_events((user, None), cursor.as_ref(), LINES, &context).await?;
    let time_zone = form.browser.time_zone;
    let rows = events.into_iter().map(|event| row(&shell, time_zone, event)).collect();
    let (who, reason) = (who.to_owned(), form.fields.text("reason").trim().to_owned());
    let (next, zone) = (next.map(|cursor| cursor.0), time_zone.name());
    AuditPage { shell, a, rows, who, reason, next, zone }.respond(StatusCode::OK)
}

fn row(shell: &Layout, time_zone: TimeZone, event: AuditRecord) -> Row {
    let name = match event.actor {
        AuditActor::User(id) => id.to_string(),
        AuditActor::Machine(name) => name,
    };
    Row {
        at: time_zone.format(shell.t, event.at),
        actor: format!("{name} ({})", event.channel),
        act: if event.subject.is_empty() { event.action } else { format!("{} {}", event.action, event.subject) },
        account: event.user_id.map_or_else(String::new, |id| id.to_string()),
        reason: event.reason,
        good: matches!(event.outcome.as_str(), "done" | "unchanged"),
        outcome: event.outcome,
    }
}
