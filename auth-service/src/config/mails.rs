//! Settings of mails.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use lettre::message::Mailbox;
use lettre::transport::smtp::client::Certificate;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use service_kit::settings::{ConfigErrors, secret};
use url::{Host, Url};

use crate::mails::{Encryption, SmtpLogin, SmtpRelay};

/// Sender of mails that are written to files.
const LOCAL_SENDER: &str = "Marquee <no-reply@localhost>";

/// Settings of mails.
#[derive(Debug, Clone, Args)]
pub struct MailSettings {
    /// Mail server for mails to users: smtps://user:password@host (TLS), smtp://user:password@host (STARTTLS, always;
    /// without encryption only to a server on this machine) [default: mails are written to files in DATA_DIR/mails]. A
    /// wrong one loses mails, never requests.
    #[arg(long, global = true, env = "AUTH_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<SecretString>,
    /// File with the URL of the mail server, instead of the URL itself.
    #[arg(long, global = true, env = "AUTH_SMTP_URL_FILE")]
    pub smtp_url_file: Option<PathBuf>,
    /// File with the certificates (PEM) of the authorities that are trusted for the mail server, instead of the public
    /// ones [default: public authorities]. With the wrong ones mails are lost, never requests.
    #[arg(long, global = true, env = "AUTH_SMTP_CA_FILE")]
    pub smtp_ca_file: Option<PathBuf>,
    /// Sender, such as "Cinema <no-reply@cinema.example>". Required with a mail server, which rejects mails from
    /// unknown senders.
    #[arg(long, global = true, env = "AUTH_MAIL_FROM")]
    pub mail_from: Option<String>,
}

/// Checked settings of mails.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// Mail server for mails to users; `None` writes them to files.
    pub relay: Option<SmtpRelay>,
    /// Sender.
    pub from: Mailbox,
}

impl MailConfig {
    /// Settings that write mails to files.
    pub fn local() -> Self {
        Self { relay: None, from: local_sender() }
    }
}

impl MailSettings {
    /// Reads the settings.
    pub(super) fn read(&self, errors: &mut ConfigErrors) -> MailConfig {
        let name = "AUTH_SMTP_URL";
        let url = secret(name, self.smtp_url.clone(), self.smtp_url_file.as_deref());
        let url = errors.take(name, url, None).filter(|url| !url.expose_secret().trim().is_empty());
        let relay = url.and_then(|url| errors.take(name, relay(url.expose_secret()).map(Some), None));
        let authorities = errors.take("AUTH_SMTP_CA_FILE", self.authorities(), None);
        let relay = relay.map(|relay| SmtpRelay { authorities, ..relay });
        let from = self.mail_from.as_deref().map(str::trim).filter(|from| !from.is_empty());
        if relay.is_some() && from.is_none() {
            errors.add("AUTH_MAIL_FROM: must be set when there is a mail server");
        }
        let from = match from {
            Some(from) => errors.take("AUTH_MAIL_FROM", from.parse(), local_sender()),
            None => local_sender(),
        };
        MailConfig { relay, from }
    }
}

impl MailSettings {
    /// All certificates of the file.
    fn authorities(&self) -> Result<Option<Certificate>, String> {
        let Some(path) = &self.smtp_ca_file else { return Ok(None) };
        let pem = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let read = Certificate::from_pem(pem.as_bytes()).ok().filter(|_| pem.contains("-----BEGIN CERTIFICATE-----"));
        read.map(Some).ok_or_else(|| format!("{} holds no certificates in PEM", path.display()))
    }
}

fn local_sender() -> Mailbox {
    #[expect(clippy::unwrap_used, reason = "a constant that a test reads, too")]
    LOCAL_SENDER.parse().unwrap()
}

/// Parses the URL of a mail server. Errors do not contain the URL, which has a password.
fn relay(text: &str) -> Result<SmtpRelay, String> {
    let url = Url::parse(text.trim()).map_err(|error| error.to_string())?;
    let host = url.host().ok_or("has no host")?;
    let (encryption, port) = match url.scheme() {
        "smtps" => (Encryption::Implicit, 465),
        "smtp" if is_loopback(&host) => (Encryption::None, 587),
        "smtp" => (Encryption::StartTls, 587),
        _ => return Err("must begin with smtp:// or smtps://".into()),
    };
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err("must end after the host and the port".into());
    }
    let decoded = |part: &str| percent_decode_str(part).decode_utf8().map(|text| text.into_owned());
    let login = match (url.username(), url.password()) {
        ("", None) => None,
        ("", Some(_)) | (_, None) => return Err("must have both a user and a password, or none".into()),
        (name, Some(password)) => Some(SmtpLogin {
            name: decoded(name).map_err(|_| "the user is not UTF-8")?,
            password: decoded(password).map_err(|_| "the password is not UTF-8")?.into(),
        }),
    };
    let host = match host {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    Ok(SmtpRelay { host, port: url.port().unwrap_or(port), encryption, login, authorities: None })
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
    use super::*;

    #[test]
    fn the_url_contains_host_port_encryption_and_login() {
        let at = |text| relay(text).map(|relay| (relay.host, relay.port, relay.encryption)).unwrap();
        assert_eq!(at("smtps://mail.example"), ("mail.example".into(), 465, Encryption::Implicit));
        assert_eq!(at("smtps://127.0.0.1:2465/"), ("127.0.0.1".into(), 2465, Encryption::Implicit));
        assert_eq!(at("smtp://mail.example"), ("mail.example".into(), 587, Encryption::StartTls));
        assert_eq!(at("smtp://192.0.2.7:25"), ("192.0.2.7".into(), 25, Encryption::StartTls));
        for (url, host) in [("smtp://127.0.0.1:1025", "127.0.0.1"), ("smtp://[::1]:1025", "::1")] {
            assert_eq!(at(url), (host.into(), 1025, Encryption::None), "{url}");
        }
        let login = relay("smtps://no-reply%40cinema.example:hun%2Fter2@mail.example").unwrap().login.unwrap();
        assert_eq!((login.name.as_str(), login.password.expose_secret()), ("no-reply@cinema.example", "hun/ter2"));
    }

    #[test]
    fn a_bad_url_is_rejected_without_its_password() {
        let ends = ["smtp://u:hunter2@mail.example/x", "smtp://u:hunter2@mail.example?tls=none", "https://u:hunter2@h"];
        let users = ["smtp://hunter2@mail.example", "smtp://:hunter2@mail.example", "hunter2", "smtp:hunter2"];
        for text in ends.into_iter().chain(users) {
            let error = relay(text).unwrap_err();
            assert!(!error.contains("hunter2"), "{text}: {error}");
        }
    }

    #[test]
    fn a_mail_server_needs_a_sender_and_files_do_not() {
        let url = |url: &str| Some(url.to_owned().into());
        let read = |smtp_url, from: Option<&str>| {
            let settings =
                MailSettings { smtp_url, smtp_url_file: None, smtp_ca_file: None, mail_from: from.map(str::to_owned) };
            let mut errors = ConfigErrors::default();
            let config = settings.read(&mut errors);
            errors.finish(config).map_err(|error| error.to_string())
        };
        assert!(read(None, None).unwrap().relay.is_none());
        assert_eq!(read(url(""), None).unwrap().from, local_sender());
        assert!(read(url("smtps://mail.example"), None).unwrap_err().contains("AUTH_MAIL_FROM"));
        assert!(read(None, Some("Cinema")).unwrap_err().contains("AUTH_MAIL_FROM"));
        let config = read(url("smtps://mail.example"), Some("Cinema <no-reply@cinema.example>")).unwrap();
        assert_eq!(config.from.email.to_string(), "no-reply@cinema.example");
    }
}
