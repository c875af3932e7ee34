//! Settings of mails.

use std::path::PathBuf;

use accounts::EmailPolicy;
use clap::Args;
use mailer::{Authorities, Mailbox, SmtpRelay};
use secrecy::{ExposeSecret, SecretString};
use service_kit::settings::{ConfigErrors, secret};

/// Sender of mails that are written to files.
const LOCAL_SENDER: &str = "Marquee <no-reply@localhost>";
/// Default budget of mails of a day.
const MAILS_PER_DAY: u32 = 10_000;

/// Settings of mails.
#[derive(Debug, Clone, Args)]
pub struct MailSettings {
    /// Mail server for mails to users: smtps://user:password@host (TLS), smtp://user:password@host (STARTTLS, always;
    /// without encryption only to a server on this machine) [default: mails are written to files in DATA_DIR/mails]. A
    /// wrong one delays mails, and after 15 hours loses them; it fails no requests.
    #[arg(long, global = true, env = "AUTH_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<SecretString>,
    /// File with the URL of the mail server, instead of the URL itself.
    #[arg(long, global = true, env = "AUTH_SMTP_URL_FILE")]
    pub smtp_url_file: Option<PathBuf>,
    /// File with the certificates (PEM) of the authorities that are trusted for the mail server, instead of the public
    /// ones [default: public authorities]. With the wrong ones mails are delayed, and lost after 15 hours.
    #[arg(long, global = true, env = "AUTH_SMTP_CA_FILE")]
    pub smtp_ca_file: Option<PathBuf>,
    /// Sender, such as "Cinema <no-reply@cinema.example>". Required with a mail server, which rejects mails from
    /// unknown senders.
    #[arg(long, global = true, env = "AUTH_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Maximum number of mails on a UTC day, of all kinds. Too low and users get no codes to reset passwords; too high
    /// and a flood of requests costs the mail server's quota.
    #[arg(long, global = true, env = "AUTH_MAILS_PER_DAY", default_value_t = MAILS_PER_DAY)]
    pub mails_per_day: u32,
    /// Accept new logins with letters beyond ASCII before the @: true or false. With true the mail server must support
    /// SMTPUTF8 (RFC 6531); otherwise such users get no mails.
    #[arg(long, global = true, env = "AUTH_MAIL_UTF8", default_value = "false")]
    pub mail_utf8: String,
}

/// Checked settings of mails.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// Mail server for mails to users; `None` writes them to files.
    pub relay: Option<SmtpRelay>,
    /// Sender.
    pub from: Mailbox,
    /// Maximum number of mails on a UTC day.
    pub per_day: u32,
    /// Rule for addresses that become logins.
    pub policy: EmailPolicy,
}

impl MailConfig {
    /// Settings that write mails to files.
    pub fn local() -> Self {
        Self { relay: None, from: local_sender(), per_day: MAILS_PER_DAY, policy: EmailPolicy::default() }
    }
}

impl MailSettings {
    /// Reads the settings.
    pub(super) fn read(&self, errors: &mut ConfigErrors) -> MailConfig {
        let name = "AUTH_SMTP_URL";
        let url = secret(name, self.smtp_url.clone(), self.smtp_url_file.as_deref());
        let url = errors.take(name, url, None).filter(|url| !url.expose_secret().trim().is_empty());
        let relay = url.and_then(|url| errors.take(name, SmtpRelay::from_url(url.expose_secret()).map(Some), None));
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
        if self.mails_per_day == 0 {
            errors.add("AUTH_MAILS_PER_DAY: must be at least 1");
        }
        let smtp_utf8 = errors.flag("AUTH_MAIL_UTF8", Some(&self.mail_utf8), false);
        MailConfig { relay, from, per_day: self.mails_per_day, policy: EmailPolicy { smtp_utf8 } }
    }
}

impl MailSettings {
    /// All certificates of the file.
    fn authorities(&self) -> Result<Option<Authorities>, String> {
        let Some(path) = &self.smtp_ca_file else { return Ok(None) };
        let pem = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Authorities::from_pem(&pem).map(Some).map_err(|error| format!("{} {error}", path.display()))
    }
}

fn local_sender() -> Mailbox {
    #[expect(clippy::unwrap_used, reason = "a constant that a test reads, too")]
    LOCAL_SENDER.parse().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_needs_a_sender_and_files_do_not() {
        let url = |url: &str| Some(url.to_owned().into());
        let read = |smtp_url, from: Option<&str>| {
            let settings = MailSettings {
                smtp_url,
                smtp_url_file: None,
                smtp_ca_file: None,
                mail_from: from.map(str::to_owned),
                mails_per_day: 1,
                mail_utf8: "false".into(),
            };
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
