//! Successful responses: status and caching by the contract, ETag, and 304 for conditional reads.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::endpoint::{Cache, Endpoint, Method};

use crate::base::error::ApiError;
use crate::server::preconditions;

/// Output of endpoint `E`, with optional headers.
pub struct Success<E: Endpoint> {
    body: E::Output,
    cache: Cache,
    etag: bool,
    version: Option<u64>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl<E: Endpoint> Success<E> {
    /// Responds with `body`.
    pub fn new(body: E::Output) -> Self {
        Self { body, cache: E::CACHE, etag: false, version: None, headers: Vec::new() }
    }

    /// Restricts caching below that of the contract.
    #[must_use]
    pub fn cache(mut self, cache: Cache) -> Self {
        self.cache = cache;
        self
    }

    /// Adds a strong ETag over the body, and responds 304 to reads that already have it (RFC 9110 §8.8.3, §13.1.2).
    #[must_use]
    pub fn with_etag(mut self) -> Self {
        self.etag = true;
        self
    }

    /// Puts the version of the resource into the ETag, for [`Preconditions`](crate::Preconditions) of writes.
    #[must_use]
    pub fn version(mut self, version: u64) -> Self {
        self.version = Some(version);
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
            let tag = preconditions::entity_tag(self.version, &URL_SAFE_NO_PAD.encode(&hash.as_ref()[..18]));
            // 304 is for reads (RFC 9110 §13.1.2); a write has been performed at this point.
            let is_unchanged =
                E::METHOD == Method::Get && preconditions::matches_if_none_match(request.headers(), &tag);
            reply.insert_header((header::ETAG, tag));
            if is_unchanged {
                return Ok(reply.status(StatusCode::NOT_MODIFIED).finish());
            }
        }
        Ok(reply.content_type("application/json").body(body))
    }
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
