//! Pages where the code of a device is entered and decided about (RFC 8628 §3.3). A link fills the code in and does no more:
//! only the button claims it, and only another one, which is never pressed already, approves.

use account_flows::{DecideDevice, DecideDeviceError};
use account_page_texts::ActivationTexts;
use accounts::{ClientLocation, DeviceClaim, DeviceRequest};
use actix_web::http::StatusCode;
use actix_web::http::Uri;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use device_grant::TypedCode;
use service_kit::ApiError;
use token_verifier::CLIENT_ID;

use super::authorization::app_name;
use super::browser_session::{BrowserSession, OptionalBrowserSession};
use super::cookies;
use super::flash_message::FlashMessage;
use super::form::SignedForm;
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::reply;
use super::times::FormattedTime;
use crate::extract::RequestLocation;
use crate::page_table::{ACTIVATION, DEVICES, SIGN_IN};
use crate::state::AppState;

/// Name of our own apps.
const OWN_APP: &str = "Marquee";
/// Time for which a code is remembered while its reader signs in, in seconds: its lifetime.
const REMEMBERED: i64 = 600;

#[derive(Template)]
#[template(path = "activation.html")]
struct CodePage {
    shell: Layout,
    a: &'static ActivationTexts,
    /// The code of the link, or as it was typed.
    code: String,
    wrong: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "activation_confirm.html")]
struct ConfirmPage {
    shell: Layout,
    a: &'static ActivationTexts,
    code: String,
    device: String,
    app: String,
    asked_at: FormattedTime,
    /// Region of the device, if known.
    region: Option<String>,
    network: &'static str,
}

impl Page for CodePage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

impl Page for ConfirmPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// `true` when the browser came to enter a code and was redirected to sign in.
pub(super) fn is_under_way(request: &HttpRequest) -> bool {
    cookies::all(request.headers(), cookies::DEVICE_CODE).next().is_some()
}

/// `GET /activate`: the address that devices show.
pub async fn redirect_activation(request: HttpRequest) -> HttpResponse {
    match code_of(request.uri()) {
        Some(code) => reply::redirect(&format!("{ACTIVATION}?code={code}"), []),
        None => reply::redirect(ACTIVATION, []),
    }
}

/// `GET /account/activate`. Opening it changes nothing.
pub async fn show_activation(
    page: PageContext,
    browser: OptionalBrowserSession,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let linked = code_of(request.uri());
    let Some(browser) = browser.0 else {
        let code = cookies::make(cookies::DEVICE_CODE, linked.unwrap_or_default(), Some(REMEMBERED));
        let other = cookies::clear(cookies::AUTHORIZATION);
        return Ok(reply::redirect(SIGN_IN, [code, other].into_iter().chain(page.language_cookie())));
    };
    let remembered = || cookies::all(request.headers(), cookies::DEVICE_CODE).find_map(shown);
    let code = linked.or_else(remembered).unwrap_or_default();
    let forgotten = is_under_way(&request).then(|| cookies::clear(cookies::DEVICE_CODE));
    code_page(&page, &browser, code, None).respond_with(StatusCode::OK, forgotten)
}

/// `POST /account/activate`: claims the code for this session, and asks about its device.
pub async fn page_enter_device(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let SignedForm { browser, fields } = &form;
    let a = ActivationTexts::of(page.language);
    let typed = fields.text("code");
    let again =
        |wrong, status| code_page(&page, browser, typed.chars().take(20).collect(), Some(wrong)).respond(status);
    let Ok(code) = TypedCode::parse(typed) else { return again(a.wrong_shape, StatusCode::UNPROCESSABLE_ENTITY) };
    match state.devices.claim(claim_of(browser), &code).await? {
        Some(request) => {
            let app = match request.client_id.as_str() {
                CLIENT_ID => OWN_APP.to_owned(),
                id => app_name(&state, &page, id),
            };
            confirm_page(&page, browser, (typed, request, app), &location.0).respond(StatusCode::OK)
        }
        None => again(a.wrong_code, StatusCode::NOT_FOUND),
    }
}

/// `POST /account/activate/decision`.
pub async fn page_decide_device(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let SignedForm { browser, fields } = &form;
    let a = ActivationTexts::of(page.language);
    let gone = || code_page(&page, browser, String::new(), Some(a.wrong_code)).respond(StatusCode::NOT_FOUND);
    let Ok(code) = TypedCode::parse(fields.text("code")) else { return gone() };
    let approved = match fields.text("decision") {
        "approve" => true,
        "deny" => false,
        _ => return gone(),
    };
    let client = page.client_context(location.0);
    let decision = DecideDevice { claim: claim_of(browser), code: &code, approved, client: &client };
    match state.devices.decide(decision).await {
        Ok(()) if approved => Ok(reply::redirect(&FlashMessage::DeviceApproved.on(DEVICES), [])),
        Ok(()) => Ok(reply::redirect(&FlashMessage::DeviceDenied.on(DEVICES), [])),
        Err(DecideDeviceError::NotClaimed) => gone(),
        Err(error) => Err(error.into()),
    }
}

fn claim_of(browser: &BrowserSession) -> DeviceClaim {
    DeviceClaim { user: browser.key().id, session: browser.session }
}

/// Code of a link, as devices show it.
fn code_of(uri: &Uri) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.find(|(name, _)| name == "code").and_then(|(_, text)| shown(&text))
}

/// The likelier reading of a text, as devices show it. Nothing else of a link is repeated.
fn shown(text: &str) -> Option<String> {
    TypedCode::parse(text).ok()?.readings().first().map(ToString::to_string)
}

fn code_page(page: &PageContext, browser: &BrowserSession, code: String, wrong: Option<&'static str>) -> CodePage {
    let shell = Layout::signed(&page.clone().at(ACTIVATION), browser);
    CodePage { shell, a: ActivationTexts::of(page.language), code, wrong }
}

fn confirm_page(
    page: &PageContext,
    browser: &BrowserSession,
    (typed, request, app): (&str, DeviceRequest, String),
    here: &ClientLocation,
) -> ConfirmPage {
    let shell = Layout::signed(&page.clone().at(ACTIVATION), browser);
    let (a, t) = (ActivationTexts::of(page.language), shell.t);
    let kind = t.kind(request.device.kind);
    let name = request.device.name;
    let is_same = here.address.is_some() && request.location.address == here.address;
    ConfirmPage {
        a,
        code: shown(typed).unwrap_or_default(),
        device: if name.is_empty() { kind.to_owned() } else { format!("{name} ({kind})") },
        app,
        asked_at: browser.time_zone.format(t, request.created_at),
        region: request.location.region.map(|region| t.region_name(region.as_str())),
        network: if is_same { a.same_network } else { a.other_network },
        shell,
    }
}
