//! Ids and secrets in HTTP Basic (RFC 7617, RFC 6749 §2.3.1).

use std::borrow::Cow;
use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::codes;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::header::credentials;
use crate::base::error::ApiError;

const CHALLENGE: &str = "Basic realm=\"marquee\", charset=\"UTF-8\"";

/// Id and secret of a client, as sent and form-decoded: RFC 6749 requires form-encoding inside of Basic, and many clients
/// send plain text.
#[derive(Default)]
pub struct BasicCredentials {
    plain: (String, Zeroizing<String>),
    decoded: (String, Zeroizing<String>),
}

/// Credentials of a request, or `None` without header `Authorization`. Any other header is a rejected client.
pub struct OptionalBasic(pub Option<BasicCredentials>);

impl BasicCredentials {
    /// Id and secret in both readings. Try always both, so that neither takes longer.
    pub fn readings(&self) -> [(&str, &str); 2] {
        [&self.plain, &self.decoded].map(|(id, secret)| (id.as_str(), secret.as_str()))
    }

    fn decode(encoded: &str) -> Option<Self> {
        let text = Zeroizing::new(String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?);
        let (id, secret) = text.split_once(':')?;
        Some(Self {
            plain: (id.to_owned(), Zeroizing::new(secret.to_owned())),
            decoded: (form_decode(id).into_owned(), Zeroizing::new(form_decode(secret).into_owned())),
        })
    }
}

impl FromRequest for OptionalBasic {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = match credentials(request) {
            Ok(None) => Ok(None),
            Ok(Some((scheme, encoded))) if scheme.eq_ignore_ascii_case("basic") => {
                BasicCredentials::decode(encoded).map(Some).ok_or_else(client_rejected)
            }
            Ok(Some(_)) | Err(_) => Err(client_rejected()),
        };
        ready(found.map(Self))
    }
}

/// The problem of a client that is unknown, or whose secret is wrong.
pub fn client_rejected() -> ApiError {
    ApiError::new(codes::CLIENT_REJECTED).challenge(CHALLENGE)
}

fn form_decode(text: &str) -> Cow<'_, str> {
    let spaced = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    match spaced {
        Cow::Borrowed(text) => percent_decode_str(text).decode_utf8_lossy(),
        Cow::Owned(text) => Cow::Owned(percent_decode_str(&text).decode_utf8_lossy().into_owned()),
    }
}
