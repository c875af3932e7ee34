//! Redirect URIs (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1).

use url::{Host, Url};

/// Length of the longest redirect URI, in characters.
const MAX_LENGTH: usize = 500;
/// Schemes that a browser runs or resolves by itself, none of which belongs to an app.
const OF_BROWSERS: [&str; 10] =
    ["about", "blob", "data", "file", "filesystem", "ftp", "javascript", "mailto", "vbscript", "view-source"];

/// Receiver of what is sent to a redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectTarget {
    /// The owner of a host name.
    Host,
    /// Whichever app of this device has claimed the scheme or the port (RFC 8252 §8.6).
    Device,
}

impl RedirectTarget {
    /// That of a registered URI.
    pub fn of(uri: &str) -> Self {
        let is_public = |url: &Url| match url.host() {
            Some(Host::Domain(name)) => name != "localhost" && !name.ends_with(".localhost"),
            _ => false,
        };
        match Url::parse(uri) {
            Ok(url) if url.scheme() == "https" && is_public(&url) => Self::Host,
            _ => Self::Device,
        }
    }
}

/// `true` when a request may name this URI: it is one of the registered ones byte for byte. On the loopback interface the
/// port may be any, for apps take what is free (RFC 8252 §7.3).
pub fn is_registered(registered: &[String], uri: &str) -> bool {
    if uri.len() > MAX_LENGTH || check_redirect_uri(uri).is_err() {
        return false;
    }
    registered
        .iter()
        .any(|known| known == uri || without_port(known).is_some_and(|known| without_port(uri) == Some(known)))
}

/// Beginning and end of a loopback URI around its port, as written.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = ["127.0.0.1", "[::1]", "localhost"]
        .into_iter()
        .find(|host| authority.strip_prefix(host).is_some_and(|port| port.is_empty() || is_port(port)))?;
    Some((host, path))
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|port| {
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
    })
}

/// Checks a URI that a client registers.
pub(crate) fn check_redirect_uri(uri: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}#*".contains(c);
    if uri.is_empty() || uri.len() > MAX_LENGTH || !uri.chars().all(is_plain) {
        return Err(format!(
            "a redirect URI has 1 to {MAX_LENGTH} characters of RFC 3986, no fragment and no wildcard"
        ));
    }
    let url = Url::parse(uri).map_err(|error| format!("{uri}: {error}"))?;
    // What is compared byte by byte is written as browsers do: no other spelling of the same path or host.
    let is_canonical = url.as_str() == uri || url.as_str().strip_suffix('/') == Some(uri);
    if !url.username().is_empty() || url.password().is_some() || uri.contains('@') {
        return Err(format!("{uri}: a redirect URI names no user"));
    }
    match url.scheme() {
        "https" if url.host_str().is_some() && is_canonical => Ok(()),
        "https" => Err(format!("{uri}: write it as browsers do: {url}")),
        "http" if without_port(uri).is_some() && is_canonical => Ok(()),
        "http" => Err(format!("{uri}: http is for 127.0.0.1, [::1] and localhost; others need https")),
        scheme if OF_BROWSERS.contains(&scheme) => Err(format!("{uri}: no app receives {scheme}:")),
        scheme if !scheme.contains('.') => {
            Err(format!("{uri}: the scheme of an app is a domain name in reverse (RFC 8252 section 7.1)"))
        }
        scheme if !uri.starts_with(scheme) => Err(format!("{uri}: write the scheme in lower case")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTERED: [&str; 5] = [
        "https://app.example.org/back",
        "https://app.example.org/back?from=marquee",
        "http://127.0.0.1/back",
        "http://[::1]:4000/back",
        "org.example.app:/back",
    ];

    fn is_one(uri: &str) -> bool {
        is_registered(&REGISTERED.map(str::to_owned), uri)
    }

    #[test]
    fn registered_uris_are_known_and_loopback_ones_at_any_port() {
        for uri in REGISTERED {
            assert!(check_redirect_uri(uri).is_ok() && is_one(uri), "{uri}");
        }
        for uri in
            ["http://127.0.0.1:1/back", "http://127.0.0.1:65535/back", "http://[::1]/back", "http://[::1]:9/back"]
        {
            assert!(is_one(uri), "{uri}");
        }
    }

    #[test]
    fn no_trick_makes_another_uri_a_registered_one() {
        for uri in [
            "",
            "https://app.example.org/back/",
            "https://app.example.org/Back",
            "https://app.example.org/back?",
            "https://app.example.org/back#",
            "https://app.example.org/back#token",
            "https://app.example.org/back?from=marquee&x=1",
            "https://app.example.org/back/../other",
            "https://app.example.org/x/../back",
            "https://app.example.org/%62ack",
            "https://app.example.org//back",
            "https://app.example.org\\@evil.example/back",
            "https://app.example.org:443/back",
            "https://app.example.org.evil.example/back",
            "https://app.example.org@evil.example/back",
            "https://user@app.example.org/back",
            "https://APP.example.org/back",
            "https://app.example.org./back",
            "https://xn--app-.example.org/back",
            "https://аpp.example.org/back",
            "http://app.example.org/back",
            "HTTPS://app.example.org/back",
            "//app.example.org/back",
            "https:app.example.org/back",
            "https:///app.example.org/back",
            " https://app.example.org/back",
            "https://app.example.org/back ",
            "https://app.example.org/back\u{0}",
            "https://app.example.org/ba\r\nck",
            "http://127.0.0.1:0x50/back",
            "http://127.0.0.1:99999/back",
            "http://127.0.0.1:/back",
            "http://127.0.0.1:80@evil.example/back",
            "http://127.0.0.1.evil.example/back",
            "http://127.1/back",
            "http://2130706433/back",
            "http://localhost/back",
            "http://[::ffff:127.0.0.1]/back",
            "http://127.0.0.1/other",
            "org.example.app:/other",
            "org.example.app://back",
            "ORG.example.app:/back",
            "org.example.app2:/back",
            "javascript:alert(1)//https://app.example.org/back",
            "data:text/html,https://app.example.org/back",
        ] {
            assert!(!is_one(uri), "{uri:?}");
        }
    }

    #[test]
    fn a_uri_that_no_app_owns_cannot_be_registered() {
        for (uri, reason) in [
            ("http://app.example.org/back", "need https"),
            ("http://127.0.0.1@evil.example/back", "no user"),
            ("https://u@app.example.org/back", "no user"),
            ("https://*.example.org/back", "no wildcard"),
            ("https://app.example.org/back#x", "no fragment"),
            ("https://app.example.org/a/../b", "as browsers do"),
            ("https://app.example.org:443/b", "as browsers do"),
            ("myapp:/back", "in reverse"),
            ("javascript:alert(1)", "no app receives"),
            ("data:text/html,x", "no app receives"),
            ("ORG.example.app:/back", "lower case"),
            ("/back", "relative URL"),
            ("", "1 to 500"),
        ] {
            let error = check_redirect_uri(uri).err().unwrap_or_default();
            assert!(error.contains(reason), "{uri}: {error}");
        }
        assert!(check_redirect_uri(&format!("https://app.example.org/{}", "a".repeat(500))).is_err());
    }

    #[test]
    fn only_a_host_name_has_one_receiver() {
        for uri in
            ["https://localhost:8443/back", "https://127.0.0.1/back", "https://[::1]/back", "https://a.localhost/"]
        {
            assert_eq!(RedirectTarget::of(uri), RedirectTarget::Device, "{uri}");
        }
        assert_eq!(
            REGISTERED.map(RedirectTarget::of),
            [
                RedirectTarget::Host,
                RedirectTarget::Host,
                RedirectTarget::Device,
                RedirectTarget::Device,
                RedirectTarget::Device,
            ]
        );
    }
}
