//! An account as operators see it, with the form of their acts.

use account_page_texts::{AdminTexts, Texts};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use contracts::codes;
use contracts::ids::UserId;
use service_kit::ApiError;

use super::operator_form::OperatorForm;
use crate::pages::devices::location_text;
use crate::pages::layout::{Layout, Page};
use crate::pages::page_context::PageContext;
use crate::pages::times::{FormattedTime, TimeZone, day};
use crate::state::AppState;
use account_flows::UserDetails;
use account_storage::OperatorActError;
use accounts::{AuditContext, BirthDate, SignInMethod, SignInResult, UserStatus};

/// Outcome of an act, above the account.
#[derive(Default)]
pub(super) struct News {
    /// What was done.
    pub notice: Option<&'static str>,
    /// Why nothing was done.
    pub alert: Option<&'static str>,
    /// Status, unless 200.
    pub status: Option<StatusCode>,
}

#[derive(Template)]
#[template(path = "admin_person.html")]
struct PersonPage {
    shell: Layout,
    a: &'static AdminTexts,
    id: UserId,
    title: String,
    reason: String,
    alert: Option<&'static str>,
    is_active: bool,
    has_email: bool,
    is_proved: bool,
    gives_roles: bool,
    birth_date: String,
    /// Labels and values.
    facts: Vec<(&'static str, String)>,
    sessions: Vec<SessionRow>,
    linked: Vec<(String, String)>,
    sign_ins: Vec<SignInRow>,
    zone: String,
}

struct SessionRow {
    device: String,
    place: String,
    last_used: FormattedTime,
}

struct SignInRow {
    at: FormattedTime,
    device: &'static str,
    how: &'static str,
    place: String,
    outcome: &'static str,
    good: bool,
}

impl Page for PersonPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// Shows an account; the look is recorded. `None` when there is none.
pub(super) async fn show(
    state: &AppState,
    page: &PageContext,
    form: &OperatorForm,
    id: UserId,
    context: &AuditContext,
    news: News,
) -> Result<Option<HttpResponse>, ApiError> {
    let details = match state.operators.get(id, context).await {
        Err(OperatorActError::NoSuchUser) => return Ok(None),
        details => details?,
    };
    let mut shell = Layout::signed(page, &form.browser);
    shell.notice = news.notice;
    let time_zone = form.browser.time_zone;
    let reason = form.fields.text("reason").trim().to_owned();
    let template = PersonPage { alert: news.alert, reason, ..person(shell, time_zone, form, details) };
    template.respond(news.status.unwrap_or(StatusCode::OK)).map(Some)
}

fn person(shell: Layout, time_zone: TimeZone, form: &OperatorForm, details: UserDetails) -> PersonPage {
    let (texts, a) = (shell.t, AdminTexts::of(shell.t.language));
    let facts = facts(texts, a, time_zone, &details);
    let user = &details.user;
    let email = user.email.as_ref().map_or_else(String::new, |email| email.to_unicode().into_owned());
    let sessions = details.sessions.iter().map(|session| SessionRow {
        device: if session.device.name.is_empty() {
            texts.kind(session.device.kind).to_owned()
        } else {
            session.device.name.clone()
        },
        place: location_text(texts, &session.location).unwrap_or_else(|| texts.unknown_place.to_owned()),
        last_used: time_zone.format(texts, session.last_used_at),
    });
    let linked = details.identities.iter().map(|one| (one.key.provider.as_str().to_owned(), one.label.clone()));
    PersonPage {
        a,
        id: user.key.id,
        title: if email.is_empty() { user.key.id.to_string() } else { email },
        reason: String::new(),
        alert: None,
        is_active: user.status == UserStatus::Active,
        has_email: user.email.is_some(),
        is_proved: details.is_email_proved,
        gives_roles: form.browser.rights.roles,
        birth_date: user.birth_date.map_or_else(String::new, |born| born.day().to_string()),
        facts,
        sessions: sessions.collect(),
        linked: linked.collect(),
        sign_ins: details.sign_ins.iter().map(|entry| sign_in_row(texts, time_zone, entry)).collect(),
        zone: time_zone.name(),
        shell,
    }
}

fn facts(texts: &Texts, a: &AdminTexts, time_zone: TimeZone, details: &UserDetails) -> Vec<(&'static str, String)> {
    let user = &details.user;
    let given = |value: Option<String>| value.unwrap_or_else(|| texts.not_given.to_owned());
    let proof = if details.is_email_proved { a.proved } else { a.unproved };
    let status = if user.status == UserStatus::Active { a.active } else { a.disabled };
    let roles = if details.roles.is_empty() { a.none.to_owned() } else { details.roles.join(", ") };
    vec![
        (a.id, user.key.id.to_string()),
        (a.status, status.to_owned()),
        (texts.email, given(user.email.as_ref().map(|email| format!("{} ({proof})", email.to_unicode())))),
        (a.name, given(Some(user.display_name.clone()).filter(|name| !name.is_empty()))),
        (texts.birth_date, given(user.birth_date.map(|born| day(texts, BirthDate::day(born))))),
        (texts.region, given(user.region.as_deref().map(|code| texts.region_name(code)))),
        (a.password, if user.password_hash.is_some() { a.yes } else { a.no }.to_owned()),
        (a.roles, roles),
        (texts.member_since, time_zone.day(texts, user.created_at)),
    ]
}

fn sign_in_row(texts: &Texts, time_zone: TimeZone, entry: &accounts::SignIn) -> SignInRow {
    let (good, outcome) = match entry.result {
        SignInResult::Success => (true, texts.good),
        SignInResult::WrongPassword => (false, texts.bad_password),
        SignInResult::Disabled => (false, texts.closed),
    };
    SignInRow {
        at: time_zone.format(texts, entry.at),
        device: texts.kind(entry.device),
        how: match entry.method {
            SignInMethod::Password => texts.by_password,
            SignInMethod::Refresh => texts.by_refresh,
            SignInMethod::Social => texts.by_social,
            SignInMethod::Device => texts.by_device,
            SignInMethod::Redirect => texts.by_redirect,
        },
        place: location_text(texts, &entry.location).unwrap_or_else(|| texts.unknown_place.to_owned()),
        outcome,
        good,
    }
}

/// The error of an act on an account that does not exist.
pub(super) fn not_found() -> ApiError {
    ApiError::new(codes::USER_NOT_FOUND)
}
