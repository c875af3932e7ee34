//! Request data that every page needs.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::Uri;
use actix_web::http::header::{HeaderMap, USER_AGENT};
use actix_web::{FromRequest, HttpRequest};
use contracts::Language;
use contracts::auth::devices::Device;

use super::flash_message::FlashMessage;
use super::{cookies, device, language};
use accounts::{ClientContext, ClientLocation};

/// Request data of a page. Extraction never fails.
#[derive(Debug, Clone)]
pub struct PageContext {
    /// Language of the response.
    pub language: Language,
    /// Path, for the links of the language switch.
    pub path: String,
    /// Flash message, if a form redirected here.
    pub flash: Option<FlashMessage>,
    /// Device, from `User-Agent`.
    pub device: Device,
    chosen: Option<Language>,
}

impl PageContext {
    /// Reads URI and headers.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let agent = headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
        Self {
            language: language::of(uri, headers),
            path: uri.path().to_owned(),
            flash: FlashMessage::of(uri),
            device: device::of(&agent),
            chosen: language::chosen(uri),
        }
    }

    /// Context of the client, for notifications by mail.
    pub fn client_context(&self, location: ClientLocation) -> ClientContext {
        ClientContext { location, language: self.language }
    }

    /// The same for another page, without a flash message.
    #[must_use]
    pub fn at(self, path: &str) -> Self {
        Self { path: path.to_owned(), flash: None, ..self }
    }

    /// Cookie for a language that was just chosen.
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
