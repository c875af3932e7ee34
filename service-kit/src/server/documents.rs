//! The published documents of a service: `/openapi.json`, and schemas and the catalogue of codes below `/schemas/`.
//! Served byte by byte as they were committed, with strong ETags.

use std::collections::HashMap;
use std::future::ready;
use std::rc::Rc;

use actix_web::http::header::{CACHE_CONTROL, ETAG};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::codes;
use contracts::endpoint::{Auth, EndpointInfo, Method};
use contracts::published::{CODES, Published};

use super::limits::{DefaultPolicy, Per};
use super::pages::page;
use super::preconditions::{entity_tag, matches_if_none_match};
use super::routes::Routes;
use crate::base::error::ApiError;

const OPENAPI: EndpointInfo = page("get_openapi", Method::Get, "/openapi.json", Auth::Public);
const SCHEMA: EndpointInfo = page("get_schema", Method::Get, "/schemas/{name}", Auth::Public);

/// Their routes, for tables of limits.
pub const PAGES: [EndpointInfo; 2] = [OPENAPI, SCHEMA];

/// Their limit: a document has up to 300 kB.
pub const LIMIT: DefaultPolicy =
    DefaultPolicy::new("documents", "2/1s burst 100", Per::Address, &[OPENAPI.id, SCHEMA.id]);

/// Documents by name.
struct Documents(HashMap<&'static str, Document>);

struct Document {
    text: &'static str,
    tag: String,
}

impl Documents {
    fn new(published: &[Published]) -> Self {
        let document = |(name, text): &Published| {
            let hash = digest::digest(&digest::SHA256, text.as_bytes());
            (*name, Document { text, tag: entity_tag(None, &URL_SAFE_NO_PAD.encode(hash)) })
        };
        Self(published.iter().chain([&CODES]).map(document).collect())
    }

    fn respond(&self, name: &str, request: &HttpRequest) -> HttpResponse {
        let Some(document) = self.0.get(name) else {
            return ApiError::new(codes::NO_SUCH_ROUTE).error_response();
        };
        let unchanged = matches_if_none_match(request.headers(), &document.tag);
        let mut reply = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        reply.insert_header((ETAG, document.tag.as_str())).insert_header((CACHE_CONTROL, "public, max-age=300"));
        if unchanged { reply.finish() } else { reply.content_type(media_type(name)).body(document.text) }
    }
}

fn media_type(name: &str) -> &'static str {
    if name.ends_with(".schema.json") { "application/schema+json" } else { "application/json" }
}

impl Routes {
    /// Serves the documents of this service.
    #[must_use]
    pub fn documents(self, published: &[Published]) -> Self {
        let documents = Rc::new(Documents::new(published));
        let schemas = Rc::clone(&documents);
        self.page(&OPENAPI, move |request: HttpRequest| ready(documents.respond("openapi.json", &request))).page(
            &SCHEMA,
            move |request: HttpRequest| {
                let name = request.match_info().get("name").unwrap_or_default();
                // The document of the whole service has a path of its own.
                ready(schemas.respond(if name == "openapi.json" { "" } else { name }, &request))
            },
        )
    }
}
