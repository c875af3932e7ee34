//! Linked accounts at social providers, and unlinking them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use contracts::codes;
use service_kit::ApiError;
use uuid::Uuid;

use super::browser_session::BrowserSession;
use super::buttons::{self, Button};
use super::flash_message::FlashMessage;
use super::form::SignedForm;
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::reply;
use super::times::FormattedTime;
use crate::extract::RequestLocation;
use crate::page_table::LINKED;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "linked.html")]
struct LinkedPage {
    shell: Layout,
    rows: Vec<Row>,
    buttons: Vec<Button>,
    zone: String,
}

struct Row {
    id: Uuid,
    letter: String,
    provider: String,
    label: String,
    linked_at: FormattedTime,
    used_at: Option<FormattedTime>,
}

impl Page for LinkedPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// `GET /account/linked`.
pub async fn show_linked(
    state: web::Data<AppState>,
    page: PageContext,
    browser: BrowserSession,
) -> Result<HttpResponse, ApiError> {
    let linked = state.store.list_identities(browser.key().id).await?;
    let shell = Layout::signed(&page, &browser);
    let (texts, time_zone) = (shell.t, browser.time_zone);
    let row = |identity: accounts::Identity| {
        let provider = state.providers.name(&identity.key.provider, page.language);
        Row {
            id: identity.id,
            letter: buttons::letter(&provider),
            provider,
            label: identity.label,
            linked_at: time_zone.format(texts, identity.linked_at),
            used_at: identity.last_used_at.map(|at| time_zone.format(texts, at)),
        }
    };
    let rows = linked.into_iter().map(row).collect();
    let buttons = buttons::of(&state.providers, page.language);
    LinkedPage { shell, rows, buttons, zone: time_zone.name() }.respond(StatusCode::OK)
}

/// `POST /account/social/{identity_id}/unlink`.
pub async fn page_unlink(
    state: web::Data<AppState>,
    page: PageContext,
    path: web::Path<String>,
    location: RequestLocation,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let id: Uuid = path.parse().map_err(|_| ApiError::new(codes::SOCIAL_ACCOUNT_NOT_FOUND))?;
    let (browser, client) = (&form.browser, page.client_context(location.0));
    state.social.unlink(browser.key().id, browser.session, id, &client).await?;
    Ok(reply::redirect(&FlashMessage::Unlinked.on(LINKED), []))
}
