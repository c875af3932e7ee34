//! Language of a page: from the link, else the cookie, else `Accept-Language`.

use actix_web::http::Uri;
use actix_web::http::header::HeaderMap;
use contracts::Language;
use service_kit::accept_language;

use super::cookies;

/// Language of a language-switch link.
pub fn chosen(uri: &Uri) -> Option<Language> {
    let query = uri.query()?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "lang").and_then(|(_, tag)| Language::of_tag(&tag))
}

/// Language of a request.
pub fn of(uri: &Uri, headers: &HeaderMap) -> Language {
    let remembered = || cookies::all(headers, cookies::LANGUAGE).find_map(Language::of_tag);
    chosen(uri).or_else(remembered).unwrap_or_else(|| accept_language::language_of(headers))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{ACCEPT_LANGUAGE, COOKIE, HeaderValue};

    use super::*;

    fn of_request(path: &'static str, cookie: Option<&'static str>, accepted: Option<&'static str>) -> Language {
        let mut headers = HeaderMap::new();
        if let Some(cookie) = cookie {
            headers.insert(COOKIE, HeaderValue::from_static(cookie));
        }
        if let Some(accepted) = accepted {
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted));
        }
        of(&Uri::from_static(path), &headers)
    }

    #[test]
    fn the_link_beats_the_cookie_and_the_cookie_beats_the_browser() {
        let english = Some("a=b; __Host-marquee-lang=en");
        assert_eq!(of_request("/account?lang=ru", english, Some("en")), Language::Ru);
        assert_eq!(of_request("/account?lang=xx", english, Some("ru")), Language::En);
        assert_eq!(of_request("/account", None, Some("ru")), Language::Ru);
    }

    #[test]
    fn the_browsers_preferred_supported_language_is_used() {
        assert_eq!(of_request("/", None, None), Language::En);
        assert_eq!(of_request("/", None, Some("de, fr;q=0.9")), Language::En);
        assert_eq!(of_request("/", None, Some("de, en-GB;q=0.5, ru-RU;q=0.8")), Language::Ru);
        assert_eq!(of_request("/", None, Some("ru;q=0.1,en;q=0.2")), Language::En);
        assert_eq!(of_request("/", None, Some(";;q=,,x")), Language::En);
    }
}
