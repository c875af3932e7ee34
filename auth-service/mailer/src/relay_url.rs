//! Settings of a relay in the form of a URL.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use url::{Host, ParseError, Url};

use crate::smtp::{Encryption, SmtpLogin, SmtpRelay};

/// The text is not the URL of a mail server. Errors do not contain the URL, which has a password.
#[derive(Debug, thiserror::Error)]
pub enum InvalidRelayUrl {
    /// Not a URL.
    #[error(transparent)]
    Syntax(#[from] ParseError),
    /// A part is missing, not allowed or not readable.
    #[error("{0}")]
    Part(&'static str),
}

impl SmtpRelay {
    /// Parses `smtps://user:password@host` (implicit TLS) or `smtp://user:password@host` (STARTTLS; to a loopback
    /// address without encryption).
    ///
    /// # Errors
    /// [`InvalidRelayUrl`].
    pub fn from_url(text: &str) -> Result<Self, InvalidRelayUrl> {
        use InvalidRelayUrl::Part;
        let url = Url::parse(text.trim())?;
        let host = url.host().ok_or(Part("has no host"))?;
        let (encryption, port) = match url.scheme() {
            "smtps" => (Encryption::Implicit, 465),
            "smtp" if is_loopback(&host) => (Encryption::None, 587),
            "smtp" => (Encryption::StartTls, 587),
            _ => return Err(Part("must begin with smtp:// or smtps://")),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(Part("must end after the host and the port"));
        }
        let decoded = |part: &str| percent_decode_str(part).decode_utf8().map(|text| text.into_owned());
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(Part("must have both a user and a password, or none")),
            (name, Some(password)) => Some(SmtpLogin {
                name: decoded(name).map_err(|_| Part("the user is not UTF-8"))?,
                password: decoded(password).map_err(|_| Part("the password is not UTF-8"))?.into(),
            }),
        };
        let host = match host {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        Ok(Self { host, port: url.port().unwrap_or(port), encryption, login, authorities: None })
    }
}

/// The URL standard does not know the scheme `smtp`, so addresses in such URLs are parsed as names.
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_url_contains_host_port_encryption_and_login() {
        let at = |text| SmtpRelay::from_url(text).map(|relay| (relay.host, relay.port, relay.encryption)).unwrap();
        assert_eq!(at("smtps://mail.example"), ("mail.example".into(), 465, Encryption::Implicit));
        assert_eq!(at("smtps://127.0.0.1:2465/"), ("127.0.0.1".into(), 2465, Encryption::Implicit));
        assert_eq!(at("smtp://mail.example"), ("mail.example".into(), 587, Encryption::StartTls));
        assert_eq!(at("smtp://192.0.2.7:25"), ("192.0.2.7".into(), 25, Encryption::StartTls));
        for (url, host) in [("smtp://127.0.0.1:1025", "127.0.0.1"), ("smtp://[::1]:1025", "::1")] {
            assert_eq!(at(url), (host.into(), 1025, Encryption::None), "{url}");
        }
        let login =
            SmtpRelay::from_url("smtps://no-reply%40cinema.example:hun%2Fter2@mail.example").unwrap().login.unwrap();
        assert_eq!((login.name.as_str(), login.password.expose_secret()), ("no-reply@cinema.example", "hun/ter2"));
    }

    #[test]
    fn a_bad_url_is_rejected_without_its_password() {
        let ends = ["smtp://u:hunter2@mail.example/x", "smtp://u:hunter2@mail.example?tls=none", "https://u:hunter2@h"];
        let users = ["smtp://hunter2@mail.example", "smtp://:hunter2@mail.example", "hunter2", "smtp:hunter2"];
        for text in ends.into_iter().chain(users) {
            let error = SmtpRelay::from_url(text).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{text}: {error}");
        }
    }
}
