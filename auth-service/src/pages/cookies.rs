//! The cookies of the pages. All have the prefix `__Host-`: only this host can have set them, over a connection that browsers
//! take for safe, for every path.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{COOKIE, HeaderMap};
use contracts::ids::{SessionId, UserId};
use serde::{Deserialize, Serialize};

use crate::domain::Cell;
use crate::domain::Language;

/// Who is signed in.
pub const SESSION: &str = "__Host-marquee";
/// What the forms of somebody who is not signed in are bound to.
pub const FORM: &str = "__Host-marquee-form";
/// A sign-in at a social provider that is under way.
pub const SOCIAL: &str = "__Host-marquee-social";
/// The language that was chosen.
pub const LANGUAGE: &str = "__Host-marquee-lang";

/// What is sealed in the cookie of a session. It only says which session to look at; whether it goes on, the database knows.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SessionClaim {
    /// Which session.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// Where that user lived when the cookie was made.
    pub cell: Cell,
}

/// The value of a cookie. Of two with one name the first counts.
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// A cookie that scripts cannot read and other sites' forms do not send; `None` ends with the browser.
pub fn make(name: &'static str, value: String, seconds: Option<i64>) -> Cookie<'static> {
    let cookie = Cookie::build(name, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax);
    match seconds {
        Some(seconds) => cookie.max_age(Duration::seconds(seconds)).finish(),
        None => cookie.finish(),
    }
}

/// What takes a cookie away.
pub fn clear(name: &'static str) -> Cookie<'static> {
    make(name, String::new(), Some(0))
}

/// Remembers the language for a year.
pub fn remember(language: Language) -> Cookie<'static> {
    const YEAR: i64 = 365 * 24 * 3600;
    make(LANGUAGE, language.tag().to_owned(), Some(YEAR))
}
