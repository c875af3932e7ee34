//! Cookies of the pages. All have the prefix `__Host-`: only this host can have set them, over a secure connection, for
//! every path.

use std::borrow::Cow;

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{COOKIE, HeaderMap};
use contracts::Language;
use contracts::ids::{SessionId, UserId};
use serde::{Deserialize, Serialize};

use super::times::TimeZone;
use accounts::Cell;

/// Session.
pub const SESSION: &str = "__Host-marquee";
/// Binding of forms in browsers without a session; `-` and an id follow. Pages opened at the same moment each set one,
/// and none overwrites another.
pub const FORM: &str = "__Host-marquee-form";
/// Social sign-in in progress; `-` and its transaction id follow.
pub const SOCIAL: &str = "__Host-marquee-social";
/// Known-device credential of the account that signed in last.
pub const DEVICE: &str = "__Host-marquee-device";
/// Chosen language.
pub const LANGUAGE: &str = "__Host-marquee-lang";

/// Code of a device that is to be signed in after this browser.
pub const DEVICE_CODE: &str = "__Host-marquee-code";

/// Request of an app that waits for a sign-in.
pub const AUTHORIZATION: &str = "__Host-marquee-authorize";

/// Chosen time zone.
pub const ZONE: &str = "__Host-marquee-zone";

/// A year, in seconds.
const YEAR: i64 = 365 * 24 * 3600;

/// Sealed content of the session cookie. It names the session; the database decides whether it is valid.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SessionClaim {
    /// Session id.
    pub session: SessionId,
    /// User of the session.
    pub user: UserId,
    /// Cell of the user when the cookie was set.
    pub cell: Cell,
}

/// Names and values of a request's cookies. A malformed cookie, or one that is not UTF-8, is skipped.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers.get_all(COOKIE).flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).filter_map(|pair| {
        let (name, value) = std::str::from_utf8(pair).ok()?.trim().split_once('=')?;
        Some((name.trim_end(), value.trim_start()))
    })
}

/// Values of all cookies with this name. Browsers may send several; callers use the first valid one.
pub fn all<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    pairs(headers).filter(move |(known, _)| *known == name).map(|(_, value)| value)
}

/// Cookies named `stem`, `-` and an id of `length` characters, in the order of the request.
pub fn numbered<'a>(
    headers: &'a HeaderMap,
    stem: &'static str,
    length: usize,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    pairs(headers).filter(move |(name, _)| {
        let id = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-'));
        id.is_some_and(|id| id.len() == length && id.bytes().all(is_of_id))
    })
}

const fn is_of_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Cookie with `HttpOnly`, `Secure` and `SameSite=Lax`; `None` makes a session cookie.
pub fn make(name: impl Into<Cow<'static, str>>, value: String, seconds: Option<i64>) -> Cookie<'static> {
    let cookie = Cookie::build(name, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax);
    match seconds {
        Some(seconds) => cookie.max_age(Duration::seconds(seconds)).finish(),
        None => cookie.finish(),
    }
}

/// Expired cookie, which deletes it.
pub fn clear(name: impl Into<Cow<'static, str>>) -> Cookie<'static> {
    make(name, String::new(), Some(0))
}

/// Cookie that keeps the language for a year.
pub fn remember(language: Language) -> Cookie<'static> {
    make(LANGUAGE, language.tag().to_owned(), Some(YEAR))
}

/// Cookie that keeps the time zone for a year; without one it is deleted.
pub fn remember_zone(zone: Option<TimeZone>) -> Cookie<'static> {
    zone.map_or_else(|| clear(ZONE), |zone| make(ZONE, zone.value(), Some(YEAR)))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        headers
    }

    #[test]
    fn foreign_and_unreadable_cookies_do_not_hide_the_others() {
        for line in [
            &b"a=\xff\xfe; __Host-marquee=x"[..],
            b"__Host-marquee=x; name=\xd0\xe9",
            "имя=Анна; __Host-marquee=x".as_bytes(),
            b"; ;=; flag; a=\"b;c\"; __Host-marquee=x;",
            b"__Host-marquee = x",
        ] {
            assert_eq!(all(&headers(&[line]), SESSION).collect::<Vec<_>>(), ["x"], "{line:?}");
        }
        let two = headers(&[b"a=\xff", b"__Host-marquee=x; __Host-marquee=y"]);
        assert_eq!(all(&two, SESSION).collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn a_numbered_cookie_has_an_id_of_the_right_length() {
        let line =
            b"__Host-marquee-form=0; __Host-marquee-form-=1; __Host-marquee-form-a_-9=2; __Host-marquee-form-a b9=3; \
                     __Host-marquee-form-abcde=4; __Host-marquee-formal-abcd=5; __Host-marquee-form-abcd=6";
        let headers = headers(&[line]);
        let found: Vec<_> = numbered(&headers, FORM, 4).map(|(_, value)| value).collect();
        assert_eq!(found, ["2", "6"]);
    }
}
