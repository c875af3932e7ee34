//! The language of an answer.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use contracts::Language;
use service_kit::accept_language;

/// Languages of answers. The first one, English, answers clients that prefer neither: every film has an English title.
const OFFERED: [Language; 2] = [Language::En, Language::Ru];

/// The language the client prefers.
#[derive(Debug, Clone, Copy)]
pub struct Locale(pub Language);

impl FromRequest for Locale {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let offered = OFFERED.map(|language| (language.tag(), language));
        ready(Ok(Self(accept_language::preferred(request.headers(), &offered).unwrap_or(OFFERED[0]))))
    }
}
