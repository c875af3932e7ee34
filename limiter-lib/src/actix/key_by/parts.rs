//! The parts a key is made of, and what stands in for a missing one.

use std::{net::IpAddr, sync::Arc};

use actix_web::{dev::ServiceRequest, http::header::HeaderName};

use super::body::{Body, BodyField, Reading};
use crate::{
    actix::address::{ClientAddress, address_key},
    key::Key,
};

/// How the key of a request is found: one part, or several together with [`KeyBy::and`].
///
/// **What if a part is missing** (no such header, nobody signed in, no such field in the body)? Then the address of the
/// client stands in its place, so leaving a part out never gives a key that others share and never a way around the
/// limit. [`KeyBy::skip_if_missing`] leaves the policy out for such requests instead; let another policy of the layer
/// catch them.
///
/// ```
/// # use limiter_lib::actix::{BodyField, KeyBy};
/// // Attempts to sign in: so many for each address and account.
/// let key = KeyBy::address().and(KeyBy::body(BodyField::json("/email").lowercase()));
/// # let _ = key;
/// ```
#[derive(Clone)]
pub struct KeyBy {
    parts: Vec<Part>,
}

#[derive(Clone)]
struct Part {
    source: Source,
    skip: bool,
}

type Custom = Arc<dyn Fn(&ServiceRequest) -> Option<Key> + Send + Sync>;

#[derive(Clone)]
enum Source {
    Everything,
    Address { v6_prefix: Option<u8> },
    Header { name: HeaderName, kind: Key },
    Path,
    Route,
    Custom(Custom),
    Body(BodyField),
}

/// What keys are told from.
pub(crate) struct Subject<'a> {
    pub(crate) request: &'a ServiceRequest,
    pub(crate) clients: &'a ClientAddress,
    pub(crate) address: Option<IpAddr>,
    pub(crate) body: &'a Body,
}

impl KeyBy {
    fn one(source: Source) -> Self {
        Self { parts: vec![Part { source, skip: false }] }
    }

    /// One key for all requests: a limit on the whole of something.
    pub fn everything() -> Self {
        Self::one(Source::Everything)
    }

    /// The address of the client, as the layer's [`ClientAddress`] finds it.
    pub fn address() -> Self {
        Self::one(Source::Address { v6_prefix: None })
    }

    /// The same with another prefix for IPv6, 32 to 128 bits: a second, wider limit for whoever holds a whole /48.
    pub fn address_prefix(v6_prefix: u8) -> Self {
        Self::one(Source::Address { v6_prefix: Some(v6_prefix) })
    }

    /// The value of a header that is sent once and is not empty, such as a device id.
    ///
    /// A client may send another value each time, so let a limit by address stand beside this one.
    pub fn header(name: HeaderName) -> Self {
        let kind = Key::part("header", name.as_str().as_bytes());
        Self::one(Source::Header { name, kind })
    }

    /// The path as it was written, decoded. For each film, say, one key; mind that a client can make up as many as it
    /// likes.
    pub fn path() -> Self {
        Self::one(Source::Path)
    }

    /// The pattern of the route (`/films/{id}`); missing when no route matches.
    pub fn route() -> Self {
        Self::one(Source::Route)
    }

    /// The user who is signed in, by id, as a middleware around this one has found out.
    pub fn user(id: impl Fn(&ServiceRequest) -> Option<String> + Send + Sync + 'static) -> Self {
        Self::custom(move |request| id(request).map(|id| Key::user(&id)))
    }

    /// Whatever the function makes of the request; `None` is a missing part.
    pub fn custom(key: impl Fn(&ServiceRequest) -> Option<Key> + Send + Sync + 'static) -> Self {
        Self::one(Source::Custom(Arc::new(key)))
    }

    /// A field of the body, which is read for it and put back for the handler.
    pub fn body(field: BodyField) -> Self {
        Self::one(Source::Body(field))
    }

    /// This and another together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// Leaves the policy out of requests in which a part of this is missing.
    #[must_use]
    pub fn skip_if_missing(mut self) -> Self {
        self.parts.iter_mut().for_each(|part| part.skip = true);
        self
    }

    pub(crate) fn reading(&self) -> Reading {
        let fields = self.parts.iter().filter_map(|part| match &part.source {
            Source::Body(field) => Some(field.reading()),
            _ => None,
        });
        fields.fold(Reading::default(), Reading::with)
    }

    /// The key; `None` when the policy is to be left out.
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

impl Source {
    fn key(&self, subject: &Subject<'_>) -> Option<Key> {
        let request = subject.request;
        match self {
            Self::Everything => Some(Key::everything()),
            Self::Address { v6_prefix: None } => Some(subject.clients.key(subject.address)),
            Self::Address { v6_prefix: Some(bits) } => Some(address_key(subject.address, *bits)),
            Self::Header { name, kind } => {
                let mut values = request.headers().get_all(name);
                let value = values.next().filter(|value| !value.is_empty())?;
                // Of two, who knows which one the handler reads?
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
