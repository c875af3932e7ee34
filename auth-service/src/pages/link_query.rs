//! Secret of a link in a mail, from the query of its page. It is no part of the path, which logs and traces record.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use contracts::Secret;
use url::form_urlencoded;

/// Maximum length of a secret that is read.
const MAX_LENGTH: usize = 128;

/// The secret; empty when the link was cut. Extraction never fails.
#[derive(Debug, Clone)]
pub struct LinkQuery(pub Secret);

impl FromRequest for LinkQuery {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut pairs = form_urlencoded::parse(request.query_string().as_bytes());
        let found = pairs.find(|(name, value)| (name == "link" || name == "claim") && value.len() <= MAX_LENGTH);
        ready(Ok(Self(found.map(|(_, value)| Secret::new(value.into_owned())).unwrap_or_default())))
    }
}
