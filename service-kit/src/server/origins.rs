//! Origins of browser apps that may call a service, as an operator lists them.

use std::fmt;
use std::sync::Arc;

use actix_web::http::header::{HeaderMap, HeaderValue, ORIGIN};
use url::{Origin, Url};

/// Origin of sandboxed frames and of pages from files.
const OPAQUE: &str = "null";

/// Origins that change while a service runs.
pub trait OriginSource: Send + Sync {
    /// `true` when there is none.
    fn is_empty(&self) -> bool;
    /// `true` when this is one, byte by byte.
    fn contains(&self, origin: &str) -> bool;
}

/// Listed origins. Clones share the list.
#[derive(Clone, Default)]
pub struct AllowedOrigins {
    listed: Arc<[HeaderValue]>,
    source: Option<Arc<dyn OriginSource>>,
}

impl fmt::Debug for AllowedOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.listed.iter()).finish()
    }
}

impl AllowedOrigins {
    /// Reads a list by commas; an empty one allows no origin.
    ///
    /// # Errors
    /// The first value that is not an origin as browsers write it (RFC 6454 §6.2), with the reason.
    pub fn parse(text: &str) -> Result<Self, String> {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(parse_origin);
        Ok(Self { listed: origins.collect::<Result<_, _>>()?, source: None })
    }

    /// The same, and those of `source`.
    #[must_use]
    pub fn and(self, source: Arc<dyn OriginSource>) -> Self {
        Self { source: Some(source), ..self }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.source.as_ref().is_none_or(|source| source.is_empty())
    }

    /// Origin of a request, if it names one that is listed, byte by byte.
    pub(super) fn listed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let mut lines = headers.get_all(ORIGIN);
        let origin = lines.next().filter(|_| lines.next().is_none())?;
        let is_in_source = || self.source.as_ref()?.contains(origin.to_str().ok()?).then(|| origin.clone());
        self.listed.iter().find(|listed| *listed == origin).cloned().or_else(is_in_source)
    }
}

/// Rejects what no browser sends: such an entry would never match, and its operator would look for the reason elsewhere.
fn parse_origin(text: &str) -> Result<HeaderValue, String> {
    let wrong = |reason: &str| format!("{text:?} is not an origin: {reason}");
    if text.contains('*') {
        return Err(wrong("there are no wildcards, list every origin"));
    }
    let written = if text == OPAQUE { OPAQUE.to_owned() } else { serialize(text).map_err(|reason| wrong(&reason))? };
    if written != text {
        return Err(wrong(&format!("browsers write {written:?}")));
    }
    HeaderValue::from_str(text).map_err(|_| wrong("it has characters outside of ASCII"))
}

/// The origin of a URL as browsers write it. URLs of apps (`my-tv://app`) have one too.
fn serialize(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("{error}; write https://HOST or https://HOST:PORT"))?;
    let is_web = matches!(url.scheme(), "http" | "https");
    match url.origin() {
        origin @ Origin::Tuple(..) if is_web => Ok(origin.ascii_serialization()),
        Origin::Opaque(_) if url.scheme() == "file" => Err("pages from files have the origin null".to_owned()),
        Origin::Opaque(_) if url.has_host() => {
            let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
            Ok(format!("{}://{}{port}", url.scheme(), url.host_str().unwrap_or_default().to_ascii_lowercase()))
        }
        _ => Err("write https://HOST or https://HOST:PORT".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_as_browsers_write_them_are_accepted() {
        let list = "https://tv.example.org, http://127.0.0.1:8080,https://[::1]:8443,https://xn--e1afmkfd.example,";
        assert_eq!(AllowedOrigins::parse(list).unwrap().listed.len(), 4);
        assert_eq!(AllowedOrigins::parse("null,capacitor://localhost").unwrap().listed.len(), 2);
        assert!(AllowedOrigins::parse(" , ").unwrap().is_empty());
    }

    #[test]
    fn a_value_that_no_browser_sends_is_named_with_what_to_write() {
        for (value, remedy) in [
            ("https://tv.example.org/", "https://tv.example.org\""),
            ("https://tv.example.org/app", "https://tv.example.org\""),
            ("https://tv.example.org?a", "https://tv.example.org\""),
            ("https://tv.example.org:443", "https://tv.example.org\""),
            ("http://tv.example.org:80", "http://tv.example.org\""),
            ("https://TV.example.org", "https://tv.example.org\""),
            ("HTTPS://tv.example.org", "https://tv.example.org\""),
            ("https://user@tv.example.org", "https://tv.example.org\""),
            ("https://пример.example", "https://xn--e1afmkfd.example\""),
            ("*", "wildcard"),
            ("https://*.example.org", "wildcard"),
            ("tv.example.org", "https://HOST"),
            ("https://", "https://HOST"),
            ("NULL", "https://HOST"),
            ("ftp://tv.example.org", "https://HOST"),
            ("my-tv:", "https://HOST"),
            ("my-tv://App", "my-tv://app\""),
            ("file:///app/index.html", "null"),
            ("https://a.example.org https://b.example.org", "is not an origin"),
        ] {
            let error = AllowedOrigins::parse(&format!("https://good.example.org,{value}")).unwrap_err();
            assert!(error.contains(&format!("{value:?}")) && error.contains(remedy), "{error}");
        }
    }
}
