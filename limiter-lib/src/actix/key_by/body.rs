//! A key from the body: read it up to a bound, find a field, put everything back.

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
/// Text counts without the blanks around it, numbers and booleans as they are written; the last of several wins. The
/// field is missing in a body of another type, one that cannot be read, one without it or with nothing in it, and in one
/// that is longer than the layer's bound. Such a body reaches the handler as it came. So that nobody gets around the
/// limit with a long body, keep the bound at or above what the handler's own extractor takes: then the handler refuses.
/// Compressed bodies are read as the handler reads them.
#[derive(Debug, Clone)]
pub struct BodyField {
    place: Place,
    kind: Key,
    lowercase: bool,
}

#[derive(Debug, Clone)]
enum Place {
    Json(String),
    Form(String),
}

impl BodyField {
    /// Of a JSON body, by pointer: `/email`, `/user/name`.
    pub fn json(pointer: &str) -> Self {
        let kind = Key::part("json", pointer.as_bytes());
        Self { place: Place::Json(pointer.to_owned()), kind, lowercase: false }
    }

    /// Of a form, by name.
    pub fn form(name: &str) -> Self {
        let kind = Key::part("form", name.as_bytes());
        Self { place: Place::Form(name.to_owned()), kind, lowercase: false }
    }

    /// Takes `Ann@Example.org` for `ann@example.org`: for what the service compares without regard to case.
    #[must_use]
    pub fn lowercase(mut self) -> Self {
        self.lowercase = true;
        self
    }

    pub(crate) fn reading(&self) -> Reading {
        match self.place {
            Place::Json(_) => Reading { json: true, form: false },
            Place::Form(_) => Reading { json: false, form: true },
        }
    }

    pub(crate) fn key(&self, body: &Body) -> Option<Key> {
        let number;
        let text = match (&self.place, body) {
            (Place::Json(pointer), Body::Json(value)) => match value.pointer(pointer)? {
                Value::String(text) => text.as_str(),
                value @ (Value::Number(_) | Value::Bool(_)) => {
                    number = value.to_string();
                    &number
                }
                _ => return None,
            },
            (Place::Form(name), Body::Form(pairs)) => &pairs.iter().rfind(|(field, _)| field == name)?.1,
            _ => return None,
        };
        match text.trim() {
            "" => None,
            text if self.lowercase => Some(self.kind.and("value", text.to_lowercase().as_bytes())),
            text => Some(self.kind.and("value", text.as_bytes())),
        }
    }
}

/// How bytes become a body.
pub(crate) type Parser = fn(&[u8]) -> Option<Body>;

/// Which bodies a layer reads.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reading {
    json: bool,
    form: bool,
}

impl Reading {
    pub(crate) fn with(self, other: Self) -> Self {
        Self { json: self.json || other.json, form: self.form || other.form }
    }

    /// How the body of `request` is to be read, if at all.
    pub(crate) fn parser(self, request: &ServiceRequest) -> Option<Parser> {
        if !self.json && !self.form {
            return None;
        }
        let kind = request.content_type();
        let is = |wanted: &str| kind.eq_ignore_ascii_case(wanted);
        if self.json && (is("application/json") || kind.to_ascii_lowercase().ends_with("+json")) {
            return Some(|bytes| serde_json::from_slice(bytes).ok().map(Body::Json));
        }
        if self.form && is("application/x-www-form-urlencoded") {
            return Some(|bytes| {
                let Query(pairs) = Query::from_query(std::str::from_utf8(bytes).ok()?).ok()?;
                Some(Body::Form(pairs))
            });
        }
        None
    }
}

/// Reads the body up to `bound` bytes and puts it back. However it ends, the handler gets what the client sent.
pub(crate) async fn read(request: &mut ServiceRequest, bound: usize, parse: Parser) -> Body {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: usize| bytes > bound) {
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

/// A body that was read.
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
        End::Reached => {
            let whole = joined(&collected.chunks);
            (Some(whole.clone()), Payload::from(whole))
        }
        End::Beyond => (None, replay(collected.chunks, payload)),
        End::Failed(error) => {
            let failed = stream::once(ready(Err(error)));
            (None, replay(collected.chunks, failed))
        }
    }
}

fn replay(chunks: Vec<Bytes>, rest: impl Stream<Item = Result<Bytes, PayloadError>> + 'static) -> Payload {
    let stream: Pin<Box<dyn Stream<Item = _>>> = Box::pin(stream::iter(chunks).map(Ok).chain(rest));
    Payload::from(stream)
}

/// What came out of a stream, and how that ended.
struct Collected {
    chunks: Vec<Bytes>,
    end: End,
}

enum End {
    Reached,
    Beyond,
    Failed(PayloadError),
}

impl Collected {
    fn whole(self) -> Option<Bytes> {
        if matches!(self.end, End::Reached) { Some(joined(&self.chunks)) } else { None }
    }
}

async fn collect(mut stream: Pin<&mut impl Stream<Item = Result<Bytes, PayloadError>>>, bound: usize) -> Collected {
    let mut chunks = Vec::new();
    let mut length = 0_usize;
    let end = loop {
        match stream.next().await {
            None => break End::Reached,
            Some(Err(error)) => break End::Failed(error),
            Some(Ok(chunk)) => {
                length = length.saturating_add(chunk.len());
                chunks.push(chunk);
                if length > bound {
                    break End::Beyond;
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
