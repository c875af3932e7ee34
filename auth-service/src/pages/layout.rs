//! What is around every page: language, navigation, and who is signed in.

use actix_web::HttpResponse;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use askama::Template;
use service_kit::ApiError;

use super::assets::ASSETS;
use super::browser_session::BrowserSession;
use super::page_context::PageContext;
use super::reply;
use super::secrets::Binding;
use super::texts::Texts;
use crate::domain::Language;
use crate::domain::{Email, User};
use crate::state::AppState;

/// The frame of a page.
pub struct Layout {
    /// All words.
    pub t: &'static Texts,
    /// Where this page is, for the language switch and to mark it in the navigation.
    pub path: String,
    /// What has just been done.
    pub notice: Option<&'static str>,
    /// Who is signed in, if somebody is.
    pub member: Option<Member>,
    /// The style sheet.
    pub style: &'static str,
    /// The icon.
    pub icon: &'static str,
    cookie: Option<Cookie<'static>>,
}

/// Somebody who is signed in, as the frame shows it.
pub struct Member {
    /// How to call this person.
    pub name: String,
    /// The token of all forms on the page.
    pub token: String,
}

impl Layout {
    /// For who is not signed in.
    pub fn open(ask: &PageContext) -> Self {
        let t = Texts::of(ask.language);
        Self {
            t,
            path: ask.path.clone(),
            notice: ask.notice.map(|notice| notice.text(t)),
            member: None,
            style: &ASSETS.style.path,
            icon: &ASSETS.icon.path,
            cookie: ask.language_cookie(),
        }
    }

    /// For who is signed in.
    pub fn signed(state: &AppState, ask: &PageContext, visitor: &BrowserSession) -> Self {
        let token = state.pages.form_token(Binding::Session(visitor.session));
        let name = name_of(&visitor.current.user).to_owned();
        Self { member: Some(Member { name, token }), ..Self::open(ask) }
    }

    /// The token of forms of who is signed in.
    pub fn token(&self) -> &str {
        self.member.as_ref().map_or("", |member| &member.token)
    }

    /// Whether this is the page at `path`, for the navigation.
    pub fn is_at(&self, path: &str) -> bool {
        self.path == path
    }

    /// The word of the other language.
    pub fn other(&self) -> &'static str {
        let other = match self.t.language {
            Language::Ru => Language::En,
            Language::En => Language::Ru,
        };
        other.tag()
    }
}

/// How a person is called: by name, else by address.
pub fn name_of(user: &User) -> &str {
    if user.display_name.is_empty() { user.email.as_ref().map_or("", Email::as_str) } else { &user.display_name }
}

/// A template with its frame.
pub trait Page: Template {
    /// The frame.
    fn shell(&self) -> &Layout;

    /// The answer.
    ///
    /// # Errors
    /// When the template fails.
    fn answer(&self, status: StatusCode) -> Result<HttpResponse, ApiError>
    where
        Self: Sized,
    {
        self.answer_with(status, None)
    }

    /// The answer, with cookies more.
    ///
    /// # Errors
    /// When the template fails.
    fn answer_with(
        &self,
        status: StatusCode,
        cookies: impl IntoIterator<Item = Cookie<'static>>,
    ) -> Result<HttpResponse, ApiError>
    where
        Self: Sized,
    {
        reply::page(status, self, self.shell().cookie.clone().into_iter().chain(cookies))
    }
}
