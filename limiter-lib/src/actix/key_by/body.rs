//! A key from the body: it is read up to a bound, searched for a field, and put back.

use std::{
    future::ready,
    pin::{Pin, pin},
};

use actix_web::{
    HttpMessage,
    dev::{Decompress, Payload, ServiceRequest},
    error::PayloadError,
    http::header,
    web::{Bytes, Query},
};
use futures_util::{Stream, StreamExt, stream};
use serde_json::Value;

use crate::key::Key;

/// A field of the body: a JSON Pointer (RFC 6901) into `application/json`, or a name in
/// `application/x-www-form-urlencoded`.
///
/// Text counts without surrounding blanks, numbers and booleans as written; the last of several wins. The field counts
/// as missing in a body of another type, in an unreadable one, in one without it or with an empty one, and in one that
/// is longer than the layer's bound. Such a body reaches the handler unchanged. To prevent bypass by a long body, keep
/// the bound at or above the limit of the handler's own extractor: then the handler rejects it. Compressed bodies are
/// decoded as the handler does.
#[derive(Debug, Clone)]
pub struct BodyField {
    location: FieldLocation,
    kind: Key,
    lowercase: bool,
}

#[derive(Debug, Clone)]
enum FieldLocation {
    Json(String),
    Form(String),
}

impl BodyField {
    /// A field of a JSON body, by pointer: `/email`, `/user/name`.
    pub fn json(pointer: &str) -> Self {
        let kind = Key::part("json", pointer.as_bytes());
        Self { location: FieldLocation::Json(pointer.to_owned()), kind, lowercase: false }
    }

    /// A field of a form, by name.
    pub fn form(name: &str) -> Self {
        let kind = Key::part("form", name.as_bytes());
        Self { location: FieldLocation::Form(name.to_owned()), kind, lowercase: false }
    }

    /// Maps `Ann@Example.org` to `ann@example.org`: for values that the service compares case-insensitively.
    #[must_use]
    pub fn lowercase(mut self) -> Self {
        self.lowercase = true;
        self
    }

    pub(crate) fn body_kinds(&self) -> BodyKinds {
        match self.location {
            FieldLocation::Json(_) => BodyKinds { json: true, form: false },
            FieldLocation::Form(_) => BodyKinds { json: false, form: true },
        }
    }

    pub(crate) fn key(&self, body: &Body) -> Option<Key> {
        let number;
        let text = match (&self.location, body) {
            (FieldLocation::Json(pointer), Body::Json(value)) => match value.pointer(pointer)? {
                Value::String(text) => text.as_str(),
                value @ (Value::Number(_) | Value::Bool(_)) => {
                    number = value.to_string();
                    &number
                }
                _ => return None,
            },
            (FieldLocation::Form(name), Body::Form(pairs)) => &pairs.iter().rfind(|(field, _)| field == name)?.1,
            _ => return None,
        };
        match text.trim() {
            "" => None,
            text if self.lowercase => Some(self.kind.and("value", text.to_lowercase().as_bytes())),
            text => Some(self.kind.and("value", text.as_bytes())),
        }
    }
}

/// Parses the bytes of a body.
pub(crate) type Parser = fn(&[u8]) -> Option<Body>;

/// The kinds of bodies that a layer reads.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BodyKinds {
    json: bool,
    form: bool,
}

impl BodyKinds {
    pub(crate) fn with(self, other: Self) -> Self {
        Self { json: self.json || other.json, form: self.form || other.form }
    }

    /// The parser for the body of `request`; `None` when it is not read.
    pub(crate) fn parser(self, request: &ServiceRequest) -> Option<Parser> {
        if !self.json && !self.form {
            return None;
        }
        let kind = request.content_type();
        let is_type = |wanted: &str| kind.eq_ignore_ascii_case(wanted);
        if self.json && (is_type("application/json") || kind.to_ascii_lowercase().ends_with("+json")) {
            return Some(|bytes| serde_json::from_slice(bytes).ok().map(Body::Json));
        }
        if self.form && is_type("application/x-www-form-urlencoded") {
            return Some(|bytes| {
                let Query(pairs) = Query::from_query(std::str::from_utf8(bytes).ok()?).ok()?;
                Some(Body::Form(pairs))
            });
        }
        None
    }
}

/// Reads the body up to `bound` bytes and puts it back. In any case the handler gets the body that the client sent.
pub(crate) async fn read(request: &mut ServiceRequest, bound: usize, parse: Parser) -> Body {
    let content_length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if content_length.is_some_and(|bytes: usize| bytes > bound) {
        return Body::Unread;
    }
    let (whole, payload) = take(request.take_payload(), bound).await;
    request.set_payload(payload);
    let plain = match whole {
        Some(bytes) if request.headers().contains_key(header::CONTENT_ENCODING) => {
            let packed = stream::once(ready(Ok(bytes)));
            collect(pin!(Decompress::from_headers(packed, request.headers())), bound).await.whole()
        }
        whole => whole,
    };
    plain.and_then(|bytes| parse(&bytes)).unwrap_or(Body::Unread)
}

/// The parsed body.
#[derive(Debug)]
pub(crate) enum Body {
    Unread,
    Json(Value),
    Form(Vec<(String, String)>),
}

/// The whole body, if it is not longer than `bound`, and a payload that yields it again.
async fn take(mut payload: Payload, bound: usize) -> (Option<Bytes>, Payload) {
    let collected = collect(pin!(&mut payload), bound).await;
    match collected.end {
        StreamEnd::Complete => {
            let whole = joined(&collected.chunks);
            (Some(whole.clone()), Payload::from(whole))
        }
        StreamEnd::TooLong => (None, replay(collected.chunks, payload)),
        StreamEnd::Failed(error) => {
            let failed = stream::once(ready(Err(error)));
            (None, replay(collected.chunks, failed))
        }
    }
}

fn replay(chunks: Vec<Bytes>, rest: impl Stream<Item = Result<Bytes, PayloadError>> + 'static) -> Payload {
    let stream: Pin<Box<dyn Stream<Item = _>>> = Box::pin(stream::iter(chunks).map(Ok).chain(rest));
    Payload::from(stream)
}

/// The chunks of a stream up to its end, an error or the bound.
struct Collected {
    chunks: Vec<Bytes>,
    end: StreamEnd,
}

enum StreamEnd {
    Complete,
    TooLong,
    Failed(PayloadError),
}

impl Collected {
    fn whole(self) -> Option<Bytes> {
        if matches!(self.end, StreamEnd::Complete) { Some(joined(&self.chunks)) } else { None }
    }
}

async fn collect(mut stream: Pin<&mut impl Stream<Item = Result<Bytes, PayloadError>>>, bound: usize) -> Collected {
    let mut chunks = Vec::new();
    let mut length = 0_usize;
    let end = loop {
        match stream.next().await {
            None => break StreamEnd::Complete,
            Some(Err(error)) => break StreamEnd::Failed(error),
            Some(Ok(chunk)) => {
                length = length.saturating_add(chunk.len());
                chunks.push(chunk);
                if length > bound {
                    break StreamEnd::TooLong;
                }
            }
        }
    };
    Collected { chunks, end }
}

fn joined(chunks: &[Bytes]) -> Bytes {
    match chunks {
        [only] => only.clone(),
        chunks => Bytes::from(chunks.concat()),
    }
}
