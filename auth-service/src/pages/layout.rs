//! Layout of every page: language, navigation, signed-in user.

use account_page_texts::{AddressTexts, AdminTexts, Texts};
use actix_web::HttpResponse;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use askama::Template;
use contracts::{Language, Secret};
use service_kit::ApiError;

use super::assets::ASSETS;
use super::browser_session::BrowserSession;
use super::page_context::PageContext;
use super::reply;
use accounts::User;

/// Layout of a page.
pub struct Layout {
    /// Texts.
    pub t: &'static Texts,
    /// Texts about e-mail addresses.
    pub a: &'static AddressTexts,
    /// Path of this page, for the language switch and the navigation.
    pub path: String,
    /// Query that the language switch keeps, with a last `&`; else empty.
    pub query: String,
    /// Flash message.
    pub notice: Option<&'static str>,
    /// Signed-in user, if any.
    pub member: Option<Member>,
    /// URL of the style sheet.
    pub style: &'static str,
    /// URL of the icon.
    pub icon: &'static str,
    cookie: Option<Cookie<'static>>,
}

/// Signed-in user, as the layout shows it.
pub struct Member {
    /// Display name.
    pub name: String,
    /// CSRF token of all forms on the page.
    pub token: String,
    /// Label of the link to the operators' pages, for operators.
    pub admin: Option<&'static str>,
    /// `true` when accounts at social providers can be linked.
    pub offers_social: bool,
}

impl Layout {
    /// Layout without a user.
    pub fn open(page: &PageContext) -> Self {
        let t = Texts::of(page.language);
        Self {
            t,
            a: AddressTexts::of(page.language),
            path: page.path.clone(),
            query: String::new(),
            notice: page.flash.map(|message| message.text(t)),
            member: None,
            style: &ASSETS.style.path,
            icon: &ASSETS.icon.path,
            cookie: page.language_cookie(),
        }
    }

    /// Layout with a signed-in user.
    pub fn signed(page: &PageContext, browser: &BrowserSession) -> Self {
        let token = browser.form_token.expose().to_owned();
        let name = name_of(&browser.current.user);
        let admin = browser.rights.users.then(|| AdminTexts::of(page.language).title);
        let member = Member { name, token, admin, offers_social: browser.offers_social };
        Self { member: Some(member), ..Self::open(page) }
    }

    /// The same for the page of a link in a mail: the language switch keeps the secret of the link.
    #[must_use]
    pub fn keep_link(self, link: &Secret) -> Self {
        let link = link.expose();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let is_secret = !link.is_empty() && link.bytes().all(is_plain);
        let query = if is_secret { format!("link={link}&") } else { String::new() };
        Self { query, ..self }
    }

    /// CSRF token of the signed-in user's forms; empty without one.
    pub fn token(&self) -> &str {
        self.member.as_ref().map_or("", |member| &member.token)
    }

    /// `true` when accounts at social providers can be linked, so that their page is of use.
    pub fn offers_social(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.offers_social)
    }

    /// `true` when this is the page at `path`, for the navigation.
    pub fn is_at(&self, path: &str) -> bool {
        self.path == path
    }

    /// Tag of the other language.
    pub fn other(&self) -> &'static str {
        let other = match self.t.language {
            Language::Ru => Language::En,
            Language::En => Language::Ru,
        };
        other.tag()
    }
}

/// Display name of a user, else the e-mail address.
pub fn name_of(user: &User) -> String {
    match &user.email {
        Some(email) if user.display_name.is_empty() => email.to_unicode().into_owned(),
        _ => user.display_name.clone(),
    }
}

/// Template with a layout.
pub trait Page: Template {
    /// Layout of the page.
    fn shell(&self) -> &Layout;

    /// Renders the response.
    ///
    /// # Errors
    /// When the template fails.
    fn respond(&self, status: StatusCode) -> Result<HttpResponse, ApiError>
    where
        Self: Sized,
    {
        self.respond_with(status, None)
    }

    /// Renders the response, with more cookies.
    ///
    /// # Errors
    /// When the template fails.
    fn respond_with(
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
