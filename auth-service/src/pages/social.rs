//! Social sign-in and linking in a browser.
//!
//! The ticket of a sign-in in progress is in a cookie, so only the browser that started it can finish it. The cookie is
//! named after the transaction, so several tabs can be in progress at once. The provider is reached by a page that
//! refreshes to it, not by a redirect: Chromium checks redirects of forms against `form-action`, which would have to
//! name every provider.

use actix_web::http::header::HeaderValue;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use askama::Template;
use contracts::auth::social::ProviderId;
use contracts::{Secret, codes};
use service_kit::ApiError;

use super::browser_session::OptionalBrowserSession;
use super::flash_message::FlashMessage;
use super::form::{OpenForm, SignedForm};
use super::layout::{Layout, Page};
use super::page_context::PageContext;
use super::sign_in::{CsrfBinding, start_browser_session};
use super::{cookies, reply};
use crate::extract::RequestLocation;
use crate::page_table::{ACCOUNT, LINKED};
use crate::state::AppState;
use account_flows::{AuthorizationUrl, CallbackInput, SocialError, TRANSACTION_ID};
use accounts::{ClientKind, ClientLocation};

/// Prefix of the cookie's ticket for sign-ins. It selects the flow; the ticket itself proves its purpose.
const SIGN_IN_PREFIX: &str = "sign-in.";
/// Prefix for links.
const LINK_PREFIX: &str = "link.";
/// Prefix of the cookie of a sign-in that takes a claimed e-mail.
const TAKE_PREFIX: &str = "take.";
/// Maximum number of sign-ins in progress in one browser. The oldest are dropped, so that cookies stay below 8 KiB.
const MAX_IN_PROGRESS: usize = 4;

#[derive(Template)]
#[template(path = "going.html")]
struct RedirectPage {
    shell: Layout,
    provider: String,
    url: String,
}

impl Page for RedirectPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// Choice of a newcomer whose address another account claims.
#[derive(Template)]
#[template(path = "claimed.html")]
struct ClaimedPage {
    shell: Layout,
    token: String,
    /// Id of the provider.
    id: String,
    name: String,
}

impl Page for ClaimedPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// `POST /account/social/{provider}/start`: starts a sign-in.
pub async fn page_start(
    state: web::Data<AppState>,
    page: PageContext,
    path: web::Path<String>,
    form: OpenForm,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let provider = find_provider(&state, &path)?;
    let started = state.social.start_sign_in(&provider, ClientKind::Site, page.language).await?;
    let prefix = if form.fields.text("take_claimed").is_empty() { SIGN_IN_PREFIX } else { TAKE_PREFIX };
    redirect_page(&state, &request, page, &provider, prefix, &started)
}

/// `POST /account/social/{provider}/link`: starts a link.
pub async fn page_link(
    state: web::Data<AppState>,
    page: PageContext,
    path: web::Path<String>,
    form: SignedForm,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (provider, browser) = (find_provider(&state, &path)?, form.browser);
    let (user, session) = (browser.key().id, browser.session);
    let started = state.social.start_link(user, session, &provider, ClientKind::Site, page.language).await?;
    redirect_page(&state, &request, page, &provider, LINK_PREFIX, &started)
}

/// `GET /account/social/{provider}/callback`: finishes a sign-in or a link. The cookie of this transaction, and of no
/// other, is deleted, unless nothing was used up and the callback can be repeated. A repeated callback leads to the
/// result of the first: the account.
pub async fn page_finish(
    state: web::Data<AppState>,
    page: PageContext,
    path: web::Path<String>,
    location: RequestLocation,
    browser: OptionalBrowserSession,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let provider = find_provider(&state, &path)?;
    if is_speculative(&request) {
        return Ok(reply::too_early());
    }
    let query = Secret::new(request.query_string());
    let name = account_flows::transaction_of(query.expose()).map(|id| cookie_name(&id));
    let cookie = name.and_then(|name| {
        let value = cookies::all(request.headers(), &name).next()?.to_owned();
        Some((name, value))
    });
    let Some((name, value)) = cookie else {
        return if browser.0.is_some() { Ok(reply::redirect(ACCOUNT, [])) } else { Err(invalid()) };
    };
    let callback = |ticket: &str| CallbackInput {
        provider: provider.clone(),
        channel: ClientKind::Site,
        ticket: Secret::new(ticket),
        query: query.clone(),
    };
    let sign_in = async |ticket: &str, take_claimed| {
        let (page, location, browser) = (page.clone(), location.0.clone(), browser.clone());
        finish_sign_in(&state, page, (callback(ticket), take_claimed), location, browser, &request).await
    };
    let ticket_of = |prefix| value.strip_prefix(prefix);
    let outcome = if let Some(ticket) = ticket_of(LINK_PREFIX) {
        finish_link(&state, &page, callback(ticket), location.0.clone(), browser.clone()).await
    } else if let Some(ticket) = ticket_of(SIGN_IN_PREFIX) {
        sign_in(ticket, false).await
    } else if let Some(ticket) = ticket_of(TAKE_PREFIX) {
        sign_in(ticket, true).await
    } else {
        Err(invalid().into())
    };
    let (mut response, is_repeatable) = match outcome {
        Ok(response) => (response, false),
        Err(failure) => (failure.error.error_response(), failure.is_repeatable),
    };
    if !is_repeatable && response.add_cookie(&cookies::clear(name)).is_err() {
        tracing::warn!("the cookie of a used ticket could not be deleted");
    }
    Ok(response)
}

/// Failed callback.
struct CallbackFailure {
    error: ApiError,
    /// `true` when the callback can be repeated.
    is_repeatable: bool,
}

impl From<ApiError> for CallbackFailure {
    fn from(error: ApiError) -> Self {
        Self { error, is_repeatable: false }
    }
}

impl From<SocialError> for CallbackFailure {
    fn from(error: SocialError) -> Self {
        let is_repeatable = matches!(error, SocialError::Repeatable(_));
        Self { error: error.into(), is_repeatable }
    }
}

async fn finish_sign_in(
    state: &AppState,
    page: PageContext,
    (callback, take_claimed): (CallbackInput, bool),
    location: ClientLocation,
    browser: OptionalBrowserSession,
    request: &HttpRequest,
) -> Result<HttpResponse, CallbackFailure> {
    let (language, provider) = (page.language, callback.provider.clone());
    match state.social.finish_sign_in(callback, page.device.clone(), location, take_claimed).await {
        Ok((current, pair)) => {
            Ok(start_browser_session(state, request, browser, current.user.key, pair.session_id).await?)
        }
        Err(SocialError::TicketSpent) if browser.0.is_some() => Ok(reply::redirect(ACCOUNT, [])),
        Err(SocialError::EmailClaimed) => {
            let (csrf, shell) = (CsrfBinding::for_browser(request)?, Layout::open(&page.at(ACCOUNT)));
            let name = state.providers.name(&provider, language);
            let template = ClaimedPage { shell, token: csrf.token, id: provider.as_str().to_owned(), name };
            Ok(template.respond_with(StatusCode::CONFLICT, csrf.cookie)?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn finish_link(
    state: &AppState,
    page: &PageContext,
    callback: CallbackInput,
    location: ClientLocation,
    browser: OptionalBrowserSession,
) -> Result<HttpResponse, CallbackFailure> {
    let browser = browser.0.ok_or_else(invalid)?;
    let (user, session) = (browser.key().id, browser.session);
    match state.social.finish_link(user, session, callback, &page.client_context(location)).await {
        Ok(_) => Ok(reply::redirect(&FlashMessage::Linked.on(LINKED), [])),
        Err(SocialError::TicketSpent) => Ok(reply::redirect(LINKED, [])),
        Err(error) => Err(error.into()),
    }
}

fn invalid() -> ApiError {
    ApiError::new(codes::SOCIAL_TICKET_INVALID)
}

/// `true` for a speculative request: a prefetch (Fetch standard, `Sec-Purpose`, and older headers of browsers), or
/// `HEAD`. A callback uses up its code, so it is answered only when the page is opened.
fn is_speculative(request: &HttpRequest) -> bool {
    const HEADERS: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];
    let is_prefetch = |value: &HeaderValue| {
        let value = value.as_bytes().to_ascii_lowercase();
        [&b"prefetch"[..], b"prerender", b"preview"].iter().any(|word| value.starts_with(word))
    };
    request.method() == Method::HEAD || HEADERS.iter().any(|name| request.headers().get_all(*name).any(is_prefetch))
}

/// Cookie name of a transaction.
fn cookie_name(id: &str) -> String {
    format!("{}-{id}", cookies::SOCIAL)
}

/// Id of the provider, if enabled.
fn find_provider(state: &AppState, provider: &str) -> Result<ProviderId, ApiError> {
    let known = ProviderId::parse(provider).filter(|id| state.providers.find(id).is_some());
    known.ok_or_else(|| ApiError::new(codes::PROVIDER_NOT_FOUND))
}

fn redirect_page(
    state: &AppState,
    request: &HttpRequest,
    page: PageContext,
    provider: &ProviderId,
    prefix: &str,
    started: &AuthorizationUrl,
) -> Result<HttpResponse, ApiError> {
    let value = format!("{prefix}{}", started.ticket.expose());
    let seconds = i64::try_from(started.expires_in).unwrap_or(0);
    let name = state.providers.name(provider, page.language);
    let (shell, url) = (Layout::open(&page.at(ACCOUNT)), started.url.to_string());
    let template = RedirectPage { shell, provider: name, url };
    let cookie = cookies::make(cookie_name(&started.transaction), value, Some(seconds));
    // Browsers send the oldest cookie first (RFC 6265 §5.4).
    let in_progress: Vec<_> = cookies::numbered(request.headers(), cookies::SOCIAL, TRANSACTION_ID).collect();
    let dropped =
        in_progress.iter().rev().skip(MAX_IN_PROGRESS - 1).map(|(name, _)| cookies::clear((*name).to_owned()));
    template.respond_with(StatusCode::OK, dropped.chain([cookie]))
}
