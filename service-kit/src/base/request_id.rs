//! Request id: accepted from the caller when well-formed, otherwise generated; in every response and log line.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use contracts::headers::REQUEST_ID;
use uuid::Uuid;

/// Id of the request being served. Handlers pass it on to the services they call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The caller's id if there is exactly one, of 1 to 128 characters `A-Z a-z 0-9 . _ -`: anything else could forge
    /// log lines.
    pub(crate) fn from_caller(headers: &HeaderMap) -> Option<Self> {
        let mut ids = headers.get_all(REQUEST_ID);
        let (Some(id), None) = (ids.next(), ids.next()) else { return None };
        id.to_str().ok().filter(|id| is_well_formed(id)).map(|id| Self(id.into()))
    }

    /// A generated UUIDv7.
    pub(crate) fn new() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let id: &str = Uuid::now_v7().hyphenated().encode_lower(&mut buffer);
        Self(id.into())
    }

    /// The caller's id, otherwise a generated one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self::from_caller(headers).unwrap_or_else(Self::new)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shared text.
    pub(crate) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

fn is_well_formed(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=128).contains(&id.len()) && id.bytes().all(allowed)
}

impl FromRequest for RequestId {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let known = request.extensions().get::<Self>().cloned();
        ready(Ok(known.unwrap_or_else(|| Self::of(request.headers()))))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value).expect("a header value");
            map.append(HeaderName::from_static(REQUEST_ID), value);
        }
        map
    }

    #[test]
    fn a_well_formed_id_is_kept() {
        assert_eq!(RequestId::of(&headers(&[b"order-42_a.B"])).as_str(), "order-42_a.B");
        assert_eq!(RequestId::of(&headers(&[&[b'x'; 128]])).as_str().len(), 128);
    }

    #[test]
    fn anything_else_is_replaced_by_a_new_uuid() {
        let bad: [&[&[u8]]; 7] = [&[], &[b""], &[b"a b"], &[b"a\tb"], &[&[b'x'; 129]], &[b"a", b"b"], &[b"\xd0\xb0"]];
        for values in bad {
            let id = RequestId::of(&headers(values));
            let uuid = Uuid::parse_str(id.as_str()).expect("a UUID");
            assert_eq!(uuid.get_version_num(), 7);
        }
    }
}
