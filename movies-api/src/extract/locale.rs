//! The language of an answer.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use contracts::Language;
use service_kit::accept_language;

/// The language the client prefers.
#[derive(Debug, Clone, Copy)]
pub struct Locale(pub Language);

impl FromRequest for Locale {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(accept_language::language_of(request.headers()))))
    }
}
