//! The parts of a key, and the substitute for a missing one.

use std::{net::IpAddr, sync::Arc};

use actix_web::{dev::ServiceRequest, http::header::HeaderName};

use super::body::{Body, BodyField, BodyKinds};
use crate::{
    actix::address::{ClientAddress, address_key},
    key::Key,
};

/// The derivation of a key from a request: one part, or several together with [`KeyBy::and`].
///
/// **A missing part** (no such header, no signed-in user, no such field in the body) is replaced by the address of the
/// client, so omitting a part never gives a key that others share and never a bypass of the limit.
/// [`KeyBy::skip_if_missing`] skips the policy for such requests instead; cover them by another policy of the layer.
///
/// ```
/// # use limiter_lib::actix::{BodyField, KeyBy};
/// // Sign-in attempts, by address and account.
/// let key = KeyBy::address().and(KeyBy::body(BodyField::json("/email").lowercase()));
/// # let _ = key;
/// ```
#[derive(Clone)]
pub struct KeyBy {
    parts: Vec<Part>,
}

#[derive(Clone)]
struct Part {
    source: KeySource,
    skip: bool,
}

type Custom = Arc<dyn Fn(&ServiceRequest) -> Option<Key> + Send + Sync>;

#[derive(Clone)]
enum KeySource {
    Everything,
    Address { v6_prefix: Option<u8> },
    Header { name: HeaderName, kind: Key },
    Path,
    Route,
    Custom(Custom),
    Body(BodyField),
}

/// The inputs of a key.
pub(crate) struct Subject<'a> {
    pub(crate) request: &'a ServiceRequest,
    pub(crate) clients: &'a ClientAddress,
    pub(crate) address: Option<IpAddr>,
    pub(crate) body: &'a Body,
}

impl KeyBy {
    fn one(source: KeySource) -> Self {
        Self { parts: vec![Part { source, skip: false }] }
    }

    /// One key for all requests: a global limit.
    pub fn everything() -> Self {
        Self::one(KeySource::Everything)
    }

    /// The address of the client, as the layer's [`ClientAddress`] finds it.
    pub fn address() -> Self {
        Self::one(KeySource::Address { v6_prefix: None })
    }

    /// The same with another prefix for IPv6, 32 to 128 bits: a second, wider limit for the holder of a whole /48.
    pub fn address_prefix(v6_prefix: u8) -> Self {
        Self::one(KeySource::Address { v6_prefix: Some(v6_prefix) })
    }

    /// The value of a header that is present once and not empty, such as a device id.
    ///
    /// A client may send another value each time, so combine this with a limit by address.
    pub fn header(name: HeaderName) -> Self {
        let kind = Key::part("header", name.as_str().as_bytes());
        Self::one(KeySource::Header { name, kind })
    }

    /// The decoded path: one key for each film, for example. A client can invent any number of paths.
    pub fn path() -> Self {
        Self::one(KeySource::Path)
    }

    /// The pattern of the route (`/films/{id}`); missing when no route matches.
    pub fn route() -> Self {
        Self::one(KeySource::Route)
    }

    /// The signed-in user, by id, as determined by an outer middleware.
    pub fn user(id: impl Fn(&ServiceRequest) -> Option<String> + Send + Sync + 'static) -> Self {
        Self::custom(move |request| id(request).map(|id| Key::user(&id)))
    }

    /// The key that the function returns; `None` is a missing part.
    pub fn custom(key: impl Fn(&ServiceRequest) -> Option<Key> + Send + Sync + 'static) -> Self {
        Self::one(KeySource::Custom(Arc::new(key)))
    }

    /// A field of the body, which is read and put back for the handler.
    pub fn body(field: BodyField) -> Self {
        Self::one(KeySource::Body(field))
    }

    /// This and another together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// Skips the policy for requests in which a part of this is missing.
    #[must_use]
    pub fn skip_if_missing(mut self) -> Self {
        self.parts.iter_mut().for_each(|part| part.skip = true);
        self
    }

    pub(crate) fn body_kinds(&self) -> BodyKinds {
        let fields = self.parts.iter().filter_map(|part| match &part.source {
            KeySource::Body(field) => Some(field.body_kinds()),
            _ => None,
        });
        fields.fold(BodyKinds::default(), BodyKinds::with)
    }

    /// The key; `None` when the policy is skipped.
    pub(crate) fn key(&self, subject: &Subject<'_>) -> Option<Key> {
        let mut key: Option<Key> = None;
        for part in &self.parts {
            let found = match part.source.key(subject) {
                Some(found) => found,
                None if part.skip => return None,
                None => subject.clients.key(subject.address),
            };
            key = Some(key.map_or(found, |key| key.and_key(found)));
        }
        key
    }
}

impl KeySource {
    fn key(&self, subject: &Subject<'_>) -> Option<Key> {
        let request = subject.request;
        match self {
            Self::Everything => Some(Key::everything()),
            Self::Address { v6_prefix: None } => Some(subject.clients.key(subject.address)),
            Self::Address { v6_prefix: Some(bits) } => Some(address_key(subject.address, *bits)),
            Self::Header { name, kind } => {
                let mut values = request.headers().get_all(name);
                let value = values.next().filter(|value| !value.is_empty())?;
                // Of two values, the handler might read either.
                if values.next().is_none() { Some(kind.and("value", value.as_bytes())) } else { None }
            }
            Self::Path => Some(Key::part("path", request.match_info().as_str().as_bytes())),
            // By the decoded path: `/%6cogin` is `/login` to the router as well.
            Self::Route => {
                let pattern = request.resource_map().match_pattern(request.match_info().as_str())?;
                Some(Key::part("route", pattern.as_bytes()))
            }
            Self::Custom(key) => key(request),
            Self::Body(field) => field.key(subject.body),
        }
    }
}
