//! A success on its way out: status and caching as the contract says, ETag and 304 where asked for.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::endpoint::{Cache, Endpoint};

use crate::error::ApiError;

/// The output of endpoint `E`, with headers of its own.
pub struct Success<E: Endpoint> {
    body: E::Output,
    cache: Cache,
    etag: bool,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl<E: Endpoint> Success<E> {
    /// Answers `body`.
    pub fn new(body: E::Output) -> Self {
        Self { body, cache: E::CACHE, etag: false, headers: Vec::new() }
    }

    /// Allows less caching than the contract does.
    #[must_use]
    pub fn cache(mut self, cache: Cache) -> Self {
        self.cache = cache;
        self
    }

    /// Adds a strong ETag over the body, and answers 304 to who has it already (RFC 9110 §8.8.3, §13.1.2).
    #[must_use]
    pub fn with_etag(mut self) -> Self {
        self.etag = true;
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    fn write(self, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
        let status = StatusCode::from_u16(E::SUCCESS).map_err(ApiError::internal)?;
        let mut reply = HttpResponse::build(status);
        reply.insert_header((header::CACHE_CONTROL, cache_control(self.cache)));
        for (name, value) in self.headers {
            reply.append_header((name, value));
        }
        if status == StatusCode::NO_CONTENT {
            return Ok(reply.finish());
        }
        let body = serde_json::to_vec(&self.body).map_err(ApiError::internal)?;
        if self.etag {
            let hash = digest::digest(&digest::SHA256, &body);
            let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..18]));
            let known = matches(request.headers().get_all(header::IF_NONE_MATCH), &tag);
            reply.insert_header((header::ETAG, tag));
            if known {
                return Ok(reply.status(StatusCode::NOT_MODIFIED).finish());
            }
        }
        Ok(reply.content_type("application/json").body(body))
    }
}

/// Whether one of the tags the caller has is this one; weak comparison, as RFC 9110 asks for here.
fn matches<'a>(given: impl Iterator<Item = &'a HeaderValue>, tag: &str) -> bool {
    given.filter_map(|value| value.to_str().ok()).any(|list| {
        list.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
    })
}

fn cache_control(cache: Cache) -> HeaderValue {
    match cache {
        Cache::NoStore => HeaderValue::from_static("private, no-store"),
        Cache::Private => HeaderValue::from_static("private, no-cache"),
        Cache::Public { max_age } => HeaderValue::from_str(&format!("public, max-age={max_age}"))
            .unwrap_or(HeaderValue::from_static("private, no-store")),
    }
}

impl<E: Endpoint> Responder for Success<E> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.write(request).unwrap_or_else(|error| actix_web::ResponseError::error_response(&error))
    }
}
