//! Origin check of forms, by the headers of the browser: `Origin` (RFC 6454 §7), else `Referer`, and `Sec-Fetch-Site`
//! if present (W3C Fetch Metadata).

use actix_web::http::header::{HOST, HeaderMap, ORIGIN, REFERER};
use url::{Host, Url};

/// `true` for a request from one of our pages. A request without these headers is rejected.
pub fn is_same_origin(headers: &HeaderMap, issuer: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return false;
    }
    // Neither `null` nor contradicting lines are an origin.
    if headers.get_all(ORIGIN).count() > 1 {
        return false;
    }
    let Some(from) = text(ORIGIN.as_str()).or_else(|| text(REFERER.as_str())) else { return false };
    let (Ok(from), Ok(issuer)) = (Url::parse(from), Url::parse(issuer)) else { return false };
    from.origin() == issuer.origin() || is_loopback(&issuer) && is_host(&from, headers)
}

/// On loopback the page may be open under any name of this machine. The name must be a loopback one: otherwise a domain
/// that resolves to this machine would count as our own.
fn is_host(from: &Url, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|value| value.to_str().ok());
    let own = host.and_then(|host| Url::parse(&format!("http://{host}")).ok());
    own.is_some_and(|own| is_loopback(&own) && own.origin() == from.origin())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn the_origin_of_the_issuer_is_accepted_and_no_other() {
        let accepted = |lines: &[_]| is_same_origin(&headers(lines), "https://id.example.org/base");
        assert!(accepted(&[("origin", "https://id.example.org")]));
        assert!(accepted(&[("origin", "https://id.example.org"), ("sec-fetch-site", "same-origin")]));
        assert!(accepted(&[("referer", "https://id.example.org/account/sign-in")]));
        for lines in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "http://id.example.org")],
            &[("origin", "https://id.example.org:8443")],
            &[("origin", "https://id.example.org.evil.test")],
            &[("origin", "https://example.org")],
            &[("origin", "https://evil.test"), ("referer", "https://id.example.org/account")],
            &[("origin", "https://id.example.org"), ("origin", "https://evil.test")],
            &[("origin", "https://id.example.org"), ("sec-fetch-site", "same-site")],
            &[("origin", "https://id.example.org"), ("sec-fetch-site", "cross-site")],
            &[("referer", "https://evil.test/?https://id.example.org/")],
            &[("origin", "https://evil.test"), ("host", "evil.test")],
        ] {
            assert!(!accepted(lines), "{lines:?}");
        }
    }

    #[test]
    fn on_loopback_every_name_of_this_machine_is_accepted_and_domains_that_resolve_to_it_are_not() {
        let accepted = |lines: &[_]| is_same_origin(&headers(lines), "http://127.0.0.1:8001");
        assert!(accepted(&[("origin", "http://127.0.0.1:8001"), ("host", "127.0.0.1:8001")]));
        assert!(accepted(&[("origin", "http://localhost:9000"), ("host", "localhost:9000")]));
        assert!(accepted(&[("origin", "http://[::1]:8001"), ("host", "[::1]:8001")]));
        assert!(!accepted(&[("origin", "http://evil.test:8001"), ("host", "evil.test:8001")]));
        assert!(!accepted(&[("origin", "http://localhost:3000"), ("host", "localhost:8001")]));
        assert!(!accepted(&[("origin", "https://localhost:8001"), ("host", "localhost:8001")]));
    }
}
