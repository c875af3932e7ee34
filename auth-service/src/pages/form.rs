//! Forms with CSRF protection: the origin that the browser sends is checked before the body is read, then a token that
//! other sites cannot know.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use contracts::{Secret, codes};
use futures_util::future::LocalBoxFuture;
use service_kit::ApiError;
use service_kit::server::pages::read_form;

use super::browser_session::{self, BrowserSession, PageRejection, state};
use super::secrets::{Binding, PageSecrets};
use super::{cookies, origin};

/// Maximum size of a form, in bytes.
const MAX_FORM: usize = 16 * 1024;
/// Form field of the token.
const TOKEN_FIELD: &str = "form_token";
/// Length of the binding cookie's value: 32 bytes in base64url.
const COOKIE_LENGTH: usize = 43;
/// Length of the id in the cookie's name.
pub const COOKIE_ID_LENGTH: usize = 8;
/// Maximum number of binding cookies that are tried. More exist only when as many pages are opened at the same moment.
const MAX_COOKIES: usize = 8;

/// Submitted fields.
#[derive(Debug, Clone)]
pub struct Fields(Vec<(String, Secret)>);

/// Form of a browser with a session.
#[derive(Debug)]
pub struct SignedForm {
    /// Session of the sender.
    pub browser: BrowserSession,
    /// Submitted fields.
    pub fields: Fields,
}

/// Form that needs no session.
#[derive(Debug)]
pub struct OpenForm {
    /// Submitted fields.
    pub fields: Fields,
}

impl Fields {
    /// Value of a field; empty when it is missing. Of two with one name the first counts.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.expose())
    }

    /// Value of a secret field; empty when it is missing.
    pub fn secret(&self, name: &str) -> Secret {
        Secret::new(self.text(name))
    }
}

/// Names and values of the binding cookies of a browser without a session.
pub fn browser_cookies(request: &HttpRequest) -> impl Iterator<Item = (&str, &str)> {
    let cookies = cookies::numbered(request.headers(), cookies::FORM, COOKIE_ID_LENGTH);
    cookies.filter(|(_, value)| value.len() == COOKIE_LENGTH).take(MAX_COOKIES)
}

fn rejected() -> ApiError {
    ApiError::new(codes::FORM_REFUSED)
}

/// Checks the origin, which needs no body: bodies of other sites' forms are not read.
fn check_origin(request: &HttpRequest) -> Result<(), ApiError> {
    origin::is_same_origin(request.headers(), &state(request)?.issuer).then_some(()).ok_or_else(rejected)
}

async fn read(request: &HttpRequest, payload: Payload) -> Result<Fields, ApiError> {
    Ok(Fields(read_form(request, payload, MAX_FORM).await?))
}

impl FromRequest for SignedForm {
    type Error = PageRejection;
    type Future = LocalBoxFuture<'static, Result<Self, PageRejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            check_origin(&request)?;
            let browser = BrowserSession::extract(&request).await?;
            let fields = read(&request, payload).await?;
            let binding = Binding::Session(browser.session);
            let valid = PageSecrets::of(&request)?.is_form_token(binding, fields.text(TOKEN_FIELD));
            if valid { Ok(Self { browser, fields }) } else { Err(rejected().into()) }
        })
    }
}

/// A page that was opened before its browser signed in, in another tab, is bound to a deleted cookie. Its form has no
/// effect, and its sender is redirected to the account.
impl FromRequest for OpenForm {
    type Error = PageRejection;
    type Future = LocalBoxFuture<'static, Result<Self, PageRejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            check_origin(&request)?;
            if let Some(fields) = read_bound(&request, payload).await? {
                return Ok(Self { fields });
            }
            let browser = browser_session::find(&request).await?;
            Err(browser.map_or_else(|| rejected().into(), |_| PageRejection::AlreadySignedIn))
        })
    }
}

/// The form, if its token matches a binding cookie of this browser. Without such a cookie the body is not read.
async fn read_bound(request: &HttpRequest, payload: Payload) -> Result<Option<Fields>, ApiError> {
    if browser_cookies(request).next().is_none() {
        return Ok(None);
    }
    let fields = read(request, payload).await?;
    let (token, secrets) = (fields.text(TOKEN_FIELD), PageSecrets::of(request)?);
    let valid = browser_cookies(request).any(|(_, value)| secrets.is_form_token(Binding::Browser(value), token));
    Ok(valid.then_some(fields))
}
