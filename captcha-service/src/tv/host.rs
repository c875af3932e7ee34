//! Apps that may frame the page and receive its passes.

use std::str::FromStr;

/// An app: the origin of a web app (`https://tv.example.org`; `http` only for loopback), `file://` for apps installed
/// on the TV, or the scheme of a native app (`my-tv:`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TvHost(String);

/// Not a valid app.
#[derive(Debug, thiserror::Error)]
#[error(
    "an app is https://HOST[:PORT], http://127.0.0.1[:PORT], http://localhost[:PORT], file:// or the scheme of an own app, SCHEME:"
)]
pub struct InvalidTvHost;

/// Schemes that browsers handle themselves: navigating there does not return to an app.
const RESERVED: [&str; 12] = [
    "http",
    "https",
    "file",
    "javascript",
    "data",
    "blob",
    "about",
    "filesystem",
    "vbscript",
    "view-source",
    "ws",
    "wss",
];
const FILE_SCHEME: &str = "file://";

impl TvHost {
    /// Notation of settings and the page.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Notation of `frame-ancestors`; `None` for native apps, which have no frames.
    pub fn as_ancestor(&self) -> Option<&str> {
        match self.0.as_str() {
            FILE_SCHEME => Some("file:"),
            origin if origin.contains("://") => Some(origin),
            _ => None,
        }
    }
}

impl FromStr for TvHost {
    type Err = InvalidTvHost;

    fn from_str(text: &str) -> Result<Self, InvalidTvHost> {
        let valid = match text.split_once("://") {
            Some(("https", authority)) => is_authority(authority, |_| true),
            Some(("http", authority)) => is_authority(authority, |name| name == "127.0.0.1" || name == "localhost"),
            Some(_) => text == FILE_SCHEME,
            None => text.strip_suffix(':').is_some_and(is_scheme),
        };
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidTvHost) }
    }
}

/// `HOST` or `HOST:PORT` as browsers serialise origins: lower case, without the default port.
fn is_authority(authority: &str, is_allowed: impl Fn(&str) -> bool) -> bool {
    let (name, port) = authority.split_once(':').map_or((authority, None), |(name, port)| (name, Some(port)));
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name_is_good =
        name.len() <= 253 && name.split('.').all(|label| !label.is_empty() && label.chars().all(letters));
    let port_is_good = port.is_none_or(|port| {
        let number = port.parse::<u16>().unwrap_or(0);
        number > 0 && number != 80 && number != 443 && number.to_string() == port
    });
    name_is_good && port_is_good && is_allowed(name)
}

fn is_scheme(scheme: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
    let begins = scheme.starts_with(|c: char| c.is_ascii_lowercase());
    begins && scheme.len() <= 64 && scheme.chars().all(letters) && !RESERVED.contains(&scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_are_origins_packages_and_schemes() {
        let good = [
            "https://tv.example.org",
            "https://tv.example.org:8443",
            "http://127.0.0.1:8003",
            "http://localhost",
            "file://",
            "my-tv:",
            "org.example.tv:",
        ];
        for text in good {
            assert_eq!(text.parse::<TvHost>().map(|host| host.as_str() == text).ok(), Some(true), "{text}");
        }
    }

    #[test]
    fn unsafe_origins_are_rejected() {
        let bad = [
            "",
            "*",
            "https://*",
            "https://*.example.org",
            "https://",
            "https://tv.example.org/",
            "https://tv.example.org/path",
            "https://tv.example.org:443",
            "https://tv.example.org:08443",
            "https://tv.example.org:99999",
            "https://tv.example.org;script-src *",
            "https://tv.example.org https://evil.example",
            "https://user@tv.example.org",
            "https://TV.example.org",
            "https://tv..example.org",
            "http://tv.example.org",
            "file:///",
            "file:",
            "null",
            "javascript:",
            "data:",
            "https:",
            ":",
            "my-tv",
            "my tv:",
            "\"><script>:",
        ];
        for text in bad {
            assert!(text.parse::<TvHost>().is_err(), "{text}");
        }
    }
}
