//! Forms, read only after it is sure that a page of ours sent them: by the origin that the browser tells, and by a token that
//! other sites cannot know.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use contracts::{Secret, codes};
use futures_util::future::LocalBoxFuture;
use service_kit::ApiError;
use service_kit::pages::read_form;

use super::browser_session::{self, BrowserSession, PageRejection, state};
use super::secrets::Binding;
use super::{cookies, origin};

/// The largest form, in bytes.
const MAX_FORM: usize = 16 * 1024;
/// The field of the token.
const TOKEN: &str = "form_token";
/// Length of the value of a cookie of who is not signed in: 32 bytes in base64url.
const COOKIE: usize = 43;
/// Length of the id in its name.
pub const COOKIE_ID: usize = 8;
/// How many of them are looked at. More are set only when so many pages are opened at the same moment.
const MAX_COOKIES: usize = 8;

/// What was typed.
#[derive(Debug, Clone)]
pub struct Fields(Vec<(String, Secret)>);

/// A form of somebody who is signed in.
#[derive(Debug)]
pub struct SignedForm {
    /// Who sent it.
    pub visitor: BrowserSession,
    /// What was typed.
    pub fields: Fields,
}

/// A form of somebody who is not signed in, or need not be.
#[derive(Debug)]
pub struct OpenForm {
    /// What was typed.
    pub fields: Fields,
}

impl Fields {
    /// A field as it came; empty when it did not. Of two with one name the first counts.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.expose())
    }

    /// A field that must not be seen.
    pub fn secret(&self, name: &str) -> Secret {
        Secret::new(self.text(name))
    }
}

/// Names and values of the cookies that forms are bound to while nobody is signed in.
pub fn browser_cookies(request: &HttpRequest) -> impl Iterator<Item = (&str, &str)> {
    let cookies = cookies::numbered(request.headers(), cookies::FORM, COOKIE_ID);
    cookies.filter(|(_, value)| value.len() == COOKIE).take(MAX_COOKIES)
}

fn refused() -> ApiError {
    ApiError::new(codes::FORM_REFUSED)
}

/// The first check needs no body, so that strangers' bodies are not read.
fn from_ours(request: &HttpRequest) -> Result<(), ApiError> {
    origin::is_ours(request.headers(), &state(request)?.issuer).then_some(()).ok_or_else(refused)
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
            from_ours(&request)?;
            let visitor = BrowserSession::extract(&request).await?;
            let fields = read(&request, payload).await?;
            let binding = Binding::Session(visitor.session);
            let ours = state(&request)?.pages.is_form_token(binding, fields.text(TOKEN));
            if ours { Ok(Self { visitor, fields }) } else { Err(refused().into()) }
        })
    }
}

/// The form of a page that was opened before its browser signed in elsewhere, in another tab, is bound to a cookie that is
/// gone. It has no effect any more, and whoever sent it wanted to get where he is.
impl FromRequest for OpenForm {
    type Error = PageRejection;
    type Future = LocalBoxFuture<'static, Result<Self, PageRejection>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            from_ours(&request)?;
            if let Some(fields) = read_bound(&request, payload).await? {
                return Ok(Self { fields });
            }
            let visitor = browser_session::find(&request).await?;
            Err(visitor.map_or_else(|| refused().into(), |_| PageRejection::AlreadySignedIn))
        })
    }
}

/// The form, if it is bound to a cookie of this browser. Without such a cookie the body is not read.
async fn read_bound(request: &HttpRequest, payload: Payload) -> Result<Option<Fields>, ApiError> {
    if browser_cookies(request).next().is_none() {
        return Ok(None);
    }
    let fields = read(request, payload).await?;
    let (token, state) = (fields.text(TOKEN), state(request)?);
    let ours = browser_cookies(request).any(|(_, value)| state.pages.is_form_token(Binding::Browser(value), token));
    Ok(ours.then_some(fields))
}
