//! Forms, read only after it is sure that a page of ours sent them: by the origin that the browser tells, and by a token that
//! other sites cannot know.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use contracts::{Secret, codes};
use futures_util::future::LocalBoxFuture;
use service_kit::ApiError;
use service_kit::pages::read_form;

use super::secrets::Binding;
use super::visitor::{Turned, Visitor, state};
use super::{cookies, origin};

/// The largest form, in bytes.
const MAX_FORM: usize = 16 * 1024;
/// The field of the token.
const TOKEN: &str = "form_token";
/// Length of the cookie of who is not signed in: 32 bytes in base64url.
const COOKIE: usize = 43;

/// What was typed.
#[derive(Debug, Clone)]
pub struct Fields(Vec<(String, Secret)>);

/// A form of somebody who is signed in.
#[derive(Debug)]
pub struct SignedForm {
    /// Who sent it.
    pub visitor: Visitor,
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

/// The cookie that forms are bound to while nobody is signed in.
pub fn browser(request: &HttpRequest) -> Option<&str> {
    cookies::find(request.headers(), cookies::FORM).filter(|value| value.len() == COOKIE)
}

fn refused() -> ApiError {
    ApiError::new(codes::FORM_REFUSED)
}

/// The first check needs no body, so that strangers' bodies are not read.
fn from_ours(request: &HttpRequest) -> Result<(), ApiError> {
    origin::is_ours(request.headers(), &state(request)?.issuer).then_some(()).ok_or_else(refused)
}

async fn read(request: &HttpRequest, payload: Payload, binding: Binding<'_>) -> Result<Fields, ApiError> {
    let fields = Fields(read_form(request, payload, MAX_FORM).await?);
    let state = state(request)?;
    state.pages.is_form_token(binding, fields.text(TOKEN)).then_some(fields).ok_or_else(refused)
}

impl FromRequest for SignedForm {
    type Error = Turned;
    type Future = LocalBoxFuture<'static, Result<Self, Turned>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            from_ours(&request)?;
            let visitor = Visitor::extract(&request).await?;
            let fields = read(&request, payload, Binding::Session(visitor.session)).await?;
            Ok(Self { visitor, fields })
        })
    }
}

impl FromRequest for OpenForm {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            from_ours(&request)?;
            let browser = browser(&request).ok_or_else(refused)?;
            let fields = read(&request, payload, Binding::Browser(browser)).await?;
            Ok(Self { fields })
        })
    }
}
