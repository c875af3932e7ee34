//! SMTP delivery, one connection per mail: mails are few, and a broken session is never resumed.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use crate::error::SendError;
use crate::message::RenderedMessage;

/// Timeout of `QUIT`. The server has accepted the mail by then.
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);

/// SMTP relay.
#[derive(Debug, Clone)]
pub struct SmtpRelay {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Encryption of the connection.
    pub encryption: Encryption,
    /// Credentials, if it requires authentication.
    pub login: Option<SmtpLogin>,
    /// Certificate authorities that are trusted instead of the public ones.
    pub authorities: Option<Authorities>,
}

/// Certificate authorities of a mail server.
#[derive(Debug, Clone)]
pub struct Authorities(Certificate);

/// The text has no certificate in PEM (RFC 7468).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("holds no certificates in PEM")]
pub struct InvalidAuthorities;

impl Authorities {
    /// Parses all certificates of a file.
    ///
    /// # Errors
    /// [`InvalidAuthorities`].
    pub fn from_pem(pem: &str) -> Result<Self, InvalidAuthorities> {
        // Without a certificate lettre returns an empty list of them.
        let read = Certificate::from_pem(pem.as_bytes()).ok().filter(|_| pem.contains("-----BEGIN CERTIFICATE-----"));
        read.map(Self).ok_or(InvalidAuthorities)
    }
}

/// Encryption of SMTP connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, required: the session ends when the server does not offer it.
    StartTls,
    /// Plain text. Only to a server on this machine.
    None,
}

/// Credentials at the mail server.
#[derive(Clone)]
pub struct SmtpLogin {
    /// User name.
    pub name: String,
    /// Password.
    pub password: SecretString,
}

/// Hides the name too: it is usually an e-mail address.
impl fmt::Debug for SmtpLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpLogin(…)")
    }
}

impl SmtpRelay {
    /// Sends one mail. The caller sets the timeout.
    pub(crate) async fn send(&self, message: &RenderedMessage) -> Result<(), SendError> {
        let mut server = self.connect().await.map_err(|error| relay_error(&error))?;
        if let Some(login) = &self.login {
            let credentials = Credentials::new(login.name.clone(), login.password.expose_secret().to_owned());
            server.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(|error| relay_error(&error))?;
        }
        server.send(&message.envelope, &message.bytes).await.map_err(|error| send_error(&error))?;
        let _ = timeout(QUIT_TIMEOUT, server.quit()).await; // the mail is accepted already
        Ok(())
    }

    fn tls(&self) -> Result<TlsParameters, smtp::Error> {
        let builder = TlsParameters::builder(self.host.clone());
        match &self.authorities {
            None => builder.build(),
            Some(Authorities(certificates)) => {
                builder.certificate_store(CertificateStore::None).add_root_certificate(certificates.clone()).build()
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, smtp::Error> {
        let (client_id, server) = (ClientId::default(), (self.host.as_str(), self.port));
        let tls = || self.tls();
        match self.encryption {
            Encryption::None => AsyncSmtpConnection::connect_tokio1(server, None, &client_id, None, None).await,
            Encryption::Implicit => {
                AsyncSmtpConnection::connect_tokio1(server, None, &client_id, Some(tls()?), None).await
            }
            Encryption::StartTls => {
                let mut connection = AsyncSmtpConnection::connect_tokio1(server, None, &client_id, None, None).await?;
                connection.starttls(tls()?, &client_id).await?;
                Ok(connection)
            }
        }
    }
}

/// Error before a mail was named: a rejection is not one of this mail.
fn relay_error(error: &smtp::Error) -> SendError {
    match send_error(error) {
        SendError::Rejected(code) => SendError::RelayRejected(code),
        other => other,
    }
}

/// Error without the server's text, which may repeat addresses or hold anything else.
fn send_error(error: &smtp::Error) -> SendError {
    if let Some(code) = error.status() {
        let code = u16::from(code);
        return if error.is_permanent() { SendError::Rejected(code) } else { SendError::Deferred(code) };
    }
    if error.is_tls() || caused_by_tls(error) {
        return SendError::Unavailable("no TLS connection, or an invalid certificate");
    }
    if error.is_client() {
        return SendError::Unavailable("it lacks STARTTLS, an authentication mechanism or SMTPUTF8");
    }
    if error.is_response() {
        return SendError::Unavailable("its replies are not SMTP");
    }
    SendError::Unavailable("no connection, or a broken one")
}

fn caused_by_tls(error: &smtp::Error) -> bool {
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.any(|cause| {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>())
    })
}
