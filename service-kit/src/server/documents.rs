//! The published documents of a service: `/openapi.json`, schemas and the catalogue of codes below `/schemas/`, byte by
//! byte as they were committed, with strong ETags; and `/docs/SERVICE/`, a page to read and try the API, with the same
//! documents beside it. The name of the service is in the path, so that a gateway shows the pages of all services
//! without changing a path.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::future::ready;
use std::rc::Rc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::codes;
use contracts::endpoint::{Auth, CrossOrigin, EndpointInfo, Method};
use contracts::published::{CODES, Published};

use super::limits::{DefaultPolicy, Per};
use super::pages::page;
use super::preconditions::{entity_tag, matches_if_none_match};
use super::routes::Routes;
use crate::base::error::ApiError;

const OPENAPI: EndpointInfo = document("get_openapi", "/openapi.json");
const SCHEMA: EndpointInfo = document("get_schema", "/schemas/{name}");
const DOCS: EndpointInfo = page("redirect_docs", Method::Get, "/docs", Auth::Public);
const DOCS_FOLDER: EndpointInfo = page("redirect_docs_folder", Method::Get, "/docs/{service}", Auth::Public);
const DOCS_PAGE: EndpointInfo = page("show_docs", Method::Get, "/docs/{service}/", Auth::Public);
const DOCS_FILE: EndpointInfo = document("get_docs_file", "/docs/{service}/{name}");
const DOCS_SCHEMA: EndpointInfo = document("get_docs_schema", "/docs/{service}/schemas/{name}");

/// Their routes, for tables of limits.
pub const PAGES: [EndpointInfo; 7] = [OPENAPI, SCHEMA, DOCS, DOCS_FOLDER, DOCS_PAGE, DOCS_FILE, DOCS_SCHEMA];

/// Their limit: a document has up to 400 kB, the page and its files 1.7 MB.
pub const LIMIT: DefaultPolicy = DefaultPolicy::new(
    "documents",
    "2/1s burst 100",
    Per::Address,
    &[OPENAPI.id, SCHEMA.id, DOCS.id, DOCS_FOLDER.id, DOCS_PAGE.id, DOCS_FILE.id, DOCS_SCHEMA.id],
);

/// Declares a document, which scripts of every origin may read.
const fn document(id: &'static str, path: &'static str) -> EndpointInfo {
    EndpointInfo { cross_origin: CrossOrigin::Any, ..page(id, Method::Get, path, Auth::Public) }
}

/// Documents of a service, and the files of its page, by name.
struct Documents {
    service: &'static str,
    openapi: Document,
    schemas: HashMap<&'static str, Document>,
    page: HashMap<&'static str, Document>,
}

struct Document {
    text: &'static str,
    media_type: &'static str,
    /// Made at the first request: a start hashes nothing.
    tag: OnceCell<String>,
}

impl Document {
    fn new(text: &'static str, media_type: &'static str) -> Self {
        Self { text, media_type, tag: OnceCell::new() }
    }

    fn tag(&self) -> &str {
        self.tag.get_or_init(|| {
            let hash = digest::digest(&digest::SHA256, self.text.as_bytes());
            entity_tag(None, &URL_SAFE_NO_PAD.encode(hash))
        })
    }

    fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let is_unchanged = matches_if_none_match(request.headers(), self.tag());
        let mut reply = if is_unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        reply.insert_header((ETAG, self.tag())).insert_header((CACHE_CONTROL, "public, max-age=300"));
        if is_unchanged {
            return reply.finish();
        }
        if self.media_type.starts_with("text/html") {
            reply.insert_header((CONTENT_SECURITY_POLICY, api_page::CONTENT_SECURITY_POLICY));
        }
        reply.content_type(self.media_type).body(self.text)
    }
}

impl Documents {
    fn new(service: &'static str, published: &[Published]) -> Self {
        let text_of = |name| published.iter().find(|(other, _)| *other == name).map_or("", |(_, text)| text);
        let schemas = published.iter().filter(|(name, _)| name.ends_with(".schema.json"));
        let schemas = schemas.map(|(name, text)| (*name, Document::new(text, "application/schema+json")));
        let codes = (CODES.0, Document::new(CODES.1, "application/json"));
        let page = api_page::ASSETS.iter().map(|file| (file.name, Document::new(file.text, file.media_type)));
        Self {
            service,
            openapi: Document::new(text_of("openapi.json"), "application/json"),
            schemas: schemas.chain([codes]).collect(),
            page: page.collect(),
        }
    }

    fn schema(&self, request: &HttpRequest) -> HttpResponse {
        respond(self.schemas.get(name(request)), request)
    }

    /// A file of the page; the document stands beside it.
    fn file(&self, request: &HttpRequest) -> HttpResponse {
        match name(request) {
            "openapi.json" => self.openapi.respond(request),
            name => respond(self.page.get(name), request),
        }
    }

    /// Redirects, relatively, to the page of this service.
    fn redirect(&self, request: &HttpRequest) -> HttpResponse {
        let folder = if request.match_info().get("service").is_some() { "" } else { "docs/" };
        HttpResponse::PermanentRedirect().insert_header((LOCATION, format!("{folder}{}/", self.service))).finish()
    }

    /// `true` when the path names this service, or none.
    fn is_ours(&self, request: &HttpRequest) -> bool {
        request.match_info().get("service").is_none_or(|service| service == self.service)
    }
}

fn name(request: &HttpRequest) -> &str {
    request.match_info().get("name").unwrap_or_default()
}

fn respond(document: Option<&Document>, request: &HttpRequest) -> HttpResponse {
    document.map_or_else(|| ApiError::new(codes::NO_SUCH_ROUTE).error_response(), |document| document.respond(request))
}

impl Routes {
    /// Serves the documents of this service, `auth` for auth-service.
    #[must_use]
    pub fn documents(self, service: &'static str, published: &[Published]) -> Self {
        let documents = Rc::new(Documents::new(service, published));
        let handler = |write: fn(&Documents, &HttpRequest) -> HttpResponse| {
            let documents = Rc::clone(&documents);
            move |request: HttpRequest| {
                ready(if documents.is_ours(&request) { write(&documents, &request) } else { respond(None, &request) })
            }
        };
        self.page(&OPENAPI, handler(|documents, request| documents.openapi.respond(request)))
            .page(&SCHEMA, handler(Documents::schema))
            .page(&DOCS, handler(Documents::redirect))
            .page(&DOCS_FOLDER, handler(Documents::redirect))
            .page(&DOCS_PAGE, handler(Documents::file))
            .page(&DOCS_FILE, handler(Documents::file))
            .page(&DOCS_SCHEMA, handler(Documents::schema))
    }
}
