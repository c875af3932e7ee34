//! Open sessions, and ending them.

use account_page_texts::{ActivationTexts, Texts};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use contracts::auth::devices::{Device, DeviceKind};
use contracts::codes;
use contracts::ids::SessionId;
use service_kit::ApiError;

use super::browser_session::BrowserSession;
use super::flash_message::FlashMessage;
use super::form::SignedForm;
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::sign_in::set_known_device;
use super::times::FormattedTime;
use super::{cookies, reply};
use crate::extract::RequestLocation;
use crate::page_table::{DEVICES, SIGN_IN};
use crate::state::AppState;
use accounts::ClientLocation;

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    shell: Layout,
    rows: Vec<Row>,
    others: bool,
    /// `true` when the account has a password, so that social accounts can be unlinked as well.
    can_unlink: bool,
    zone: String,
    /// Label of the link to the page of codes.
    activate: &'static str,
}

struct Row {
    id: SessionId,
    name: String,
    icon: &'static str,
    current: bool,
    place: Option<String>,
    last_used: FormattedTime,
    began: FormattedTime,
}

impl Page for DevicesPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// `GET /account/devices`.
pub async fn show_devices(
    state: web::Data<AppState>,
    page: PageContext,
    browser: BrowserSession,
) -> Result<HttpResponse, ApiError> {
    let open = state.sessions.list(browser.key().id).await?;
    let shell = Layout::signed(&page, &browser);
    let time_zone = browser.time_zone;
    let mut rows: Vec<Row> = open
        .into_iter()
        .map(|session| Row {
            id: session.id,
            icon: icon(session.device.kind),
            name: name(shell.t, session.device),
            current: session.id == browser.session,
            place: location_text(shell.t, &session.location),
            last_used: time_zone.format(shell.t, session.last_used_at),
            began: time_zone.format(shell.t, session.created_at),
        })
        .collect();
    rows.sort_by_key(|row| !row.current); // stable: keeps the order of the others
    let others = rows.iter().any(|row| !row.current);
    let can_unlink = browser.offers_social && browser.current.user.password_hash.is_some();
    let activate = ActivationTexts::of(page.language).title;
    DevicesPage { shell, rows, others, can_unlink, zone: time_zone.name(), activate }.respond(StatusCode::OK)
}

/// `POST /account/devices/{session_id}/sign-out`.
pub async fn page_end_session(
    state: web::Data<AppState>,
    path: web::Path<String>,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let session: SessionId = path.parse().map_err(|_| ApiError::new(codes::SESSION_NOT_FOUND))?;
    state.sessions.end(form.browser.key().id, session).await?;
    if session == form.browser.session {
        return Ok(reply::redirect(&FlashMessage::SignedOut.on(SIGN_IN), [cookies::clear(cookies::SESSION)]));
    }
    Ok(reply::redirect(&FlashMessage::SessionEnded.on(DEVICES), []))
}

/// `POST /account/devices/sign-out-others`.
pub async fn page_log_out_others(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let (browser, unlink) = (&form.browser, !form.fields.text("unlink").is_empty());
    let request = account_flows::LogOutOthers { user: browser.key().id, keep: browser.session, unlink };
    let version = state.accounts.log_out_others(request, &page.client_context(location.0)).await?;
    let response = reply::redirect(&FlashMessage::OthersEnded.on(DEVICES), []);
    // Every known device has ended; this browser stays one.
    Ok(match &browser.current.user.email {
        Some(email) => set_known_device(&state, response, email.as_str(), browser.key().id, version),
        None => response,
    })
}

/// Name of a device; its kind if it has none.
fn name(texts: &Texts, device: Device) -> String {
    if device.name.is_empty() { texts.kind(device.kind).to_owned() } else { device.name }
}

/// Location, as far as known.
pub(super) fn location_text(texts: &Texts, location: &ClientLocation) -> Option<String> {
    let address = location.address.map(|address| address.to_string());
    let region = location.region.as_ref().map(|region| texts.region_name(&region.to_string()));
    let parts: Vec<String> = [region, address].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// CSS class of a device's icon.
fn icon(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Tv => "tv",
        DeviceKind::Phone => "phone",
        DeviceKind::Tablet => "tablet",
        DeviceKind::Desktop => "desktop",
        DeviceKind::Other => "other",
    }
}
