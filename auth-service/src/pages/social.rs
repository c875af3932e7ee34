//! To a social provider and back, to sign in or to link.
//!
//! The ticket of a sign-in under way is in a cookie of its own, so that only the browser that left can come back. The way to
//! the provider is a page that goes on by itself rather than a redirection: Chromium checks where a form is redirected to
//! against `form-action`, which would have to name every provider.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use askama::Template;
use contracts::{Secret, codes};
use service_kit::ApiError;

use super::ask::Ask;
use super::form::{OpenForm, SignedForm};
use super::notice::Notice;
use super::shell::{Page, Shell};
use super::sign_in::enter;
use super::table::{ACCOUNT, LINKED};
use super::visitor::MaybeVisitor;
use super::{cookies, reply};
use crate::domain::{Place, ProviderId};
use crate::extract::ClientPlace;
use crate::flows::{self, Channel, Finish, Started};
use crate::state::AppState;

/// In front of the ticket in the cookie: what its return is for. Which of them is true, the ticket knows.
const TO_SIGN_IN: &str = "sign-in.";
/// The same for links.
const TO_LINK: &str = "link.";

#[derive(Template)]
#[template(path = "going.html")]
struct GoingPage {
    shell: Shell,
    provider: String,
    url: String,
}

impl Page for GoingPage {
    fn shell(&self) -> &Shell {
        &self.shell
    }
}

/// `POST /account/social/{provider}/start`: to sign in.
pub async fn page_start(
    state: web::Data<AppState>,
    ask: Ask,
    path: web::Path<String>,
    _form: OpenForm,
) -> Result<HttpResponse, ApiError> {
    let provider = named(&state, &path)?;
    let started = flows::start_social_sign_in(&state, &provider, Channel::Site, ask.language).await?;
    leave(&state, ask, &provider, TO_SIGN_IN, &started)
}

/// `POST /account/social/{provider}/link`: to link.
pub async fn page_link(
    state: web::Data<AppState>,
    ask: Ask,
    path: web::Path<String>,
    form: SignedForm,
) -> Result<HttpResponse, ApiError> {
    let (provider, visitor) = (named(&state, &path)?, form.visitor);
    let (user, session) = (visitor.key().id, visitor.session);
    let started = flows::start_social_link(&state, user, session, &provider, Channel::Site, ask.language).await?;
    leave(&state, ask, &provider, TO_LINK, &started)
}

/// `GET /account/social/{provider}/callback`: the browser is back. However that ends, the ticket is spent.
pub async fn page_finish(
    state: web::Data<AppState>,
    ask: Ask,
    path: web::Path<String>,
    place: ClientPlace,
    visitor: MaybeVisitor,
    request: HttpRequest,
) -> HttpResponse {
    let mut answer = match finish(&state, ask, &path, place.0, visitor, &request).await {
        Ok(answer) => answer,
        Err(error) => error.error_response(),
    };
    if answer.add_cookie(&cookies::clear(cookies::SOCIAL)).is_err() {
        tracing::warn!("the cookie of a spent ticket stays");
    }
    answer
}

async fn finish(
    state: &AppState,
    ask: Ask,
    provider: &str,
    place: Place,
    visitor: MaybeVisitor,
    request: &HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let provider = named(state, provider)?;
    let invalid = || ApiError::new(codes::SOCIAL_TICKET_INVALID);
    let cookie = cookies::find(request.headers(), cookies::SOCIAL).ok_or_else(invalid)?;
    let query = Secret::new(request.query_string());
    let back = |ticket: &str| Finish { provider, channel: Channel::Site, ticket: Secret::new(ticket), query };
    if let Some(ticket) = cookie.strip_prefix(TO_LINK) {
        let visitor = visitor.0.ok_or_else(invalid)?;
        let (user, session) = (visitor.key().id, visitor.session);
        flows::finish_social_link(state, user, session, back(ticket), &ask.visit(place)).await?;
        return Ok(reply::go(&Notice::Linked.on(LINKED), []));
    }
    let ticket = cookie.strip_prefix(TO_SIGN_IN).ok_or_else(invalid)?;
    let (current, pair) = flows::finish_social_sign_in(state, back(ticket), ask.device, place).await?;
    enter(state, visitor, current.user.key, pair.session_id).await
}

/// The provider of this name, if it is offered.
fn named(state: &AppState, provider: &str) -> Result<ProviderId, ApiError> {
    let known = ProviderId::parse(provider).filter(|id| state.providers.find(id).is_some());
    known.ok_or_else(|| ApiError::new(codes::PROVIDER_NOT_FOUND))
}

fn leave(
    state: &AppState,
    ask: Ask,
    provider: &ProviderId,
    purpose: &str,
    started: &Started,
) -> Result<HttpResponse, ApiError> {
    let value = format!("{purpose}{}", started.ticket.expose());
    let seconds = i64::try_from(started.expires_in).unwrap_or(0);
    let name = state.providers.name(provider, ask.language);
    let (shell, url) = (Shell::open(&ask.at(ACCOUNT)), started.url.to_string());
    let page = GoingPage { shell, provider: name, url };
    page.answer_with(StatusCode::OK, Some(cookies::make(cookies::SOCIAL, value, Some(seconds))))
}
