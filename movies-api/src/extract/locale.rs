//! The language of an answer.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use service_kit::accept_language;

use crate::domain::language::Language;

/// The language the client prefers.
#[derive(Debug, Clone, Copy)]
pub struct Locale(pub Language);

impl FromRequest for Locale {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let offered = Language::ALL.map(|language| (language.as_str(), language));
        ready(Ok(Self(accept_language::preferred(request.headers(), &offered).unwrap_or_default())))
    }
}
