//! What every page needs to know of a request.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::Uri;
use actix_web::http::header::{HeaderMap, USER_AGENT};
use actix_web::{FromRequest, HttpRequest};
use contracts::auth::sessions::Device;

use super::flash_message::FlashMessage;
use super::{cookies, device, language};
use crate::domain::Language;
use crate::domain::{ClientContext, ClientLocation};

/// A request as pages see it. Never fails.
#[derive(Debug, Clone)]
pub struct PageContext {
    /// The language to answer in.
    pub language: Language,
    /// The path, for the links of the language switch.
    pub path: String,
    /// What has just been done, if a form sent the browser here.
    pub notice: Option<FlashMessage>,
    /// What the browser runs on.
    pub device: Device,
    chosen: Option<Language>,
}

impl PageContext {
    /// Out of a request.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let agent = headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
        Self {
            language: language::of(uri, headers),
            path: uri.path().to_owned(),
            notice: FlashMessage::of(uri),
            device: device::of(&agent),
            chosen: language::chosen(uri),
        }
    }

    /// Who asks, for what is told by mail.
    pub fn visit(&self, place: ClientLocation) -> ClientContext {
        ClientContext { place, language: self.language }
    }

    /// The same for another page, on which nothing has just been done.
    #[must_use]
    pub fn at(self, path: &str) -> Self {
        Self { path: path.to_owned(), notice: None, ..self }
    }

    /// The cookie that remembers a language that was chosen just now.
    pub fn language_cookie(&self) -> Option<Cookie<'static>> {
        self.chosen.map(cookies::remember)
    }
}

impl FromRequest for PageContext {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request.uri(), request.headers())))
    }
}
