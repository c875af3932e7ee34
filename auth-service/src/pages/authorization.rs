//! The browser's part of the authorization code grant (RFC 6749 §4.1). The endpoint of OAuth leads to a page below the
//! account, which signs in who is not, asks where that is needed, and goes back to the app.
//!
//! The request passes a sign-in in a cookie. Nothing in it is trusted: it is read again each time, as anyone's could be.

use std::time::Duration;

use account_flows::BrowserSignIn;
use account_page_texts::AuthorizationTexts;
use accounts::ClientLocation;
use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use code_grant::{AuthorizationError, AuthorizationRequest, MAX_REQUEST, RequestError, without_sign_in};
use contracts::codes;
use oauth_clients::RedirectTarget;
use service_kit::ApiError;
use service_kit::server::pages::read_form;
use url::{Url, form_urlencoded};

use super::browser_session::{BrowserSession, OptionalBrowserSession};
use super::form::SignedForm;
use super::layout::{Layout, Page, name_of};
use super::page_context::PageContext;
use super::{cookies, reply};
use crate::extract::RequestLocation;
use crate::page_table::{ACCOUNT, AUTHORIZATION, SIGN_IN};
use crate::state::AppState;

/// Time for which a request is remembered while its user signs in, in seconds.
const REMEMBERED: i64 = 600;

#[derive(Template)]
#[template(path = "authorization.html")]
struct QuestionPage {
    shell: Layout,
    a: &'static AuthorizationTexts,
    app: String,
    account: String,
    /// Host that receives the answer; `None` for an app on this device.
    host: Option<String>,
    request: String,
    /// `true` when the user has to sign in again.
    again: bool,
}

#[derive(Template)]
#[template(path = "authorization_invalid.html")]
struct InvalidRequestPage {
    shell: Layout,
    a: &'static AuthorizationTexts,
    reason: &'static str,
}

#[derive(Template)]
#[template(path = "authorization_response.html")]
struct ResponsePage {
    shell: Layout,
    a: &'static AuthorizationTexts,
    app: String,
    url: String,
}

impl Page for QuestionPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

impl Page for InvalidRequestPage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

impl Page for ResponsePage {
    fn shell(&self) -> &Layout {
        &self.shell
    }
}

/// `true` when the browser came from an app and was redirected to sign in.
pub(super) fn is_under_way(request: &HttpRequest) -> bool {
    remembered(request).is_some()
}

/// `GET /oauth2/authorize`: the address that apps know.
pub async fn show_authorize(request: HttpRequest) -> HttpResponse {
    to_page(form_urlencoded::parse(request.query_string().as_bytes()))
}

/// `POST /oauth2/authorize` (OpenID Connect Core 1.0 §3.1.2.1). Browsers send no cookie with a foreign form
/// (`SameSite=Lax`), so it becomes a request by GET, which has them.
pub async fn redirect_authorize(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, ApiError> {
    let payload: Payload = body.into_inner();
    let fields: Vec<(String, String)> = read_form(&request, payload, MAX_REQUEST).await?;
    Ok(to_page(fields.into_iter()))
}

/// Redirects to the page.
fn to_page(pairs: impl Iterator<Item = (impl AsRef<str>, impl AsRef<str>)>) -> HttpResponse {
    reply::redirect(&format!("{AUTHORIZATION}?{}", written(pairs)), [])
}

/// A request as forms write it, safe in URLs and cookies. The language of the page is no part of it.
fn written(pairs: impl Iterator<Item = (impl AsRef<str>, impl AsRef<str>)>) -> String {
    let pairs = pairs.filter(|(name, _)| name.as_ref() != "lang");
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// `GET /account/authorize`. Opening it gives a code to a first-party app alone, and only at its own registered host.
pub async fn show_authorization(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    browser: OptionalBrowserSession,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let in_url = (!request.query_string().is_empty()).then(|| request.query_string().to_owned());
    let Some(query) = in_url.or_else(|| remembered(&request)) else {
        return Ok(reply::redirect(ACCOUNT, page.language_cookie()));
    };
    let exchange = Exchange::of(&state, &page, &request, &query);
    let asked = match exchange.read()? {
        Ok(asked) => asked,
        Err(error) => return exchange.reject(error),
    };
    let refuse = |error| exchange.respond(asked.back.with_error(error, &state.issuer));
    let signed_in = match &browser.0 {
        Some(browser) => state.code_grants.signed_in_at(browser.session).await?.map(|at| (browser, at)),
        None => None,
    };
    match signed_in {
        None if asked.prompt.none => refuse(AuthorizationError::LOGIN_REQUIRED),
        None => Ok(exchange.sign_in(None)),
        Some((browser, at)) => {
            let again = asked.needs_sign_in(at, state.now());
            match (asked.prompt.none, again, asked.needs_consent()) {
                (true, true, _) => refuse(AuthorizationError::LOGIN_REQUIRED),
                (true, false, true) => refuse(AuthorizationError::INTERACTION_REQUIRED),
                (_, false, false) => exchange.give_code(&asked, sign_in_of(browser, at, location.0)),
                // A session that ends meanwhile leads to a sign-in, and from there back to the question.
                _ => exchange.question(browser, &asked, again).respond_with(StatusCode::OK, [exchange.cookie()]),
            }
        }
    }
}

/// `POST /account/authorize`: the answer to the question of the page.
pub async fn page_authorize(
    state: web::Data<AppState>,
    page: PageContext,
    location: RequestLocation,
    form: SignedForm,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let SignedForm { browser, fields } = &form;
    let exchange = Exchange::of(&state, &page, &request, fields.text("request"));
    let asked = match exchange.read()? {
        Ok(asked) => asked,
        Err(error) => return exchange.reject(error),
    };
    match fields.text("decision") {
        "go_on" => match state.code_grants.signed_in_at(browser.session).await? {
            Some(at) if !asked.needs_sign_in(at, state.now()) => {
                exchange.give_code(&asked, sign_in_of(browser, at, location.0))
            }
            // The question would be another one by now.
            _ => Ok(to_page(form_urlencoded::parse(exchange.query.as_bytes()))),
        },
        "switch_account" => {
            state.sessions.log_out(browser.session).await?;
            Ok(exchange.sign_in(Some(cookies::clear(cookies::SESSION))))
        }
        _ => exchange.respond(asked.back.with_error(AuthorizationError::ACCESS_DENIED, &state.issuer)),
    }
}

/// The request in the cookie of a browser that was redirected to sign in.
fn remembered(request: &HttpRequest) -> Option<String> {
    cookies::all(request.headers(), cookies::AUTHORIZATION).find(|text| !text.is_empty()).map(str::to_owned)
}

fn sign_in_of(browser: &BrowserSession, at: chrono::DateTime<chrono::Utc>, location: ClientLocation) -> BrowserSignIn {
    BrowserSignIn { user: browser.key().id, session: browser.session, at, location }
}

/// A request of an app, and how it is answered.
struct Exchange<'a> {
    state: &'a AppState,
    page: &'a PageContext,
    /// The request, as written here.
    query: String,
    /// The request that the browser remembers, perhaps of another tab.
    remembered: Option<String>,
}

impl<'a> Exchange<'a> {
    fn of(state: &'a AppState, page: &'a PageContext, request: &HttpRequest, query: &str) -> Self {
        let query = written(form_urlencoded::parse(query.as_bytes()));
        Self { state, page, query, remembered: remembered(request) }
    }

    /// Reads the request. 503 while its client may be one that was not read yet.
    fn read(&self) -> Result<Result<AuthorizationRequest, RequestError>, ApiError> {
        let clients = &self.state.clients;
        let read = AuthorizationRequest::read(&self.query, |id| clients.find(id), clients.resources());
        if matches!(read, Err(RequestError::Unredirectable(_))) && clients.table().load().revision().is_none() {
            return Err(ApiError::new(codes::UNAVAILABLE).retry_after(Duration::from_secs(1)));
        }
        Ok(read)
    }

    fn reject(&self, error: RequestError) -> Result<HttpResponse, ApiError> {
        match error {
            RequestError::Redirect(back, error) => self.respond(back.with_error(error, &self.state.issuer)),
            RequestError::Unredirectable(reason) => {
                let shell = Layout::open(&self.page.clone().at(ACCOUNT));
                let page = InvalidRequestPage { shell, a: self.texts(), reason };
                page.respond_with(StatusCode::BAD_REQUEST, self.forgotten())
            }
        }
    }

    fn give_code(&self, asked: &AuthorizationRequest, sign_in: BrowserSignIn) -> Result<HttpResponse, ApiError> {
        let code = self.state.code_grants.issue(asked, self.app(), &sign_in);
        let code = code.ok_or_else(|| ApiError::internal("there are no random bytes"))?;
        self.respond(asked.back.with_code(code.expose(), &self.state.issuer))
    }

    /// A page that goes to this URL of the app by itself and has a link: forms may not lead to other hosts, and schemes of
    /// apps need a tap.
    fn respond(&self, url: String) -> Result<HttpResponse, ApiError> {
        let shell = Layout::open(&self.page.clone().at(ACCOUNT));
        let page = ResponsePage { shell, a: self.texts(), app: self.app(), url };
        page.respond_with(StatusCode::OK, self.forgotten())
    }

    fn question(&self, browser: &BrowserSession, asked: &AuthorizationRequest, again: bool) -> QuestionPage {
        let host = Url::parse(&asked.back.uri).ok().filter(|_| asked.target == RedirectTarget::Host);
        let mut shell = Layout::signed(&self.page.clone().at(AUTHORIZATION), browser);
        shell.query = format!("{}&", self.query); // for the switch of languages
        QuestionPage {
            shell,
            a: self.texts(),
            app: self.app(),
            account: name_of(&browser.current.user),
            host: host.and_then(|url| url.host_str().map(str::to_owned)),
            request: self.query.clone(),
            again,
        }
    }

    fn texts(&self) -> &'static AuthorizationTexts {
        AuthorizationTexts::of(self.page.language)
    }

    /// Name of the app.
    fn app(&self) -> String {
        let client = form_urlencoded::parse(self.query.as_bytes()).find(|(name, _)| name == "client_id");
        client.map(|(_, id)| app_name(self.state, self.page, &id)).unwrap_or_default()
    }

    /// To the page for signing in, which leads back here.
    fn sign_in(&self, ended: Option<Cookie<'static>>) -> HttpResponse {
        let cookies = [self.cookie(), cookies::clear(cookies::DEVICE_CODE)];
        reply::redirect(SIGN_IN, cookies.into_iter().chain(ended).chain(self.page.language_cookie()))
    }

    /// Remembers the request; after a sign-in it does not ask for one.
    fn cookie(&self) -> Cookie<'static> {
        cookies::make(cookies::AUTHORIZATION, without_sign_in(&self.query), Some(REMEMBERED))
    }

    /// Deletes the cookie of this request, not that of another tab.
    fn forgotten(&self) -> Option<Cookie<'static>> {
        let is_remembered = self.remembered.as_ref().is_some_and(|known| *known == without_sign_in(&self.query));
        is_remembered.then(|| cookies::clear(cookies::AUTHORIZATION))
    }
}

/// Name of a client for the reader of a page.
pub(super) fn app_name(state: &AppState, page: &PageContext, id: &str) -> String {
    let client = state.clients.find(id);
    let name = client.as_ref().and_then(|client| client.definition.names.in_language(page.language));
    name.unwrap_or(id).to_owned()
}
