//! One conversation with a mail server for each mail: they are few, and a conversation that was broken off is never gone
//! on with.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::message::RenderedMessage;
use super::transport::SendError;

/// How long a server may take to say goodbye. The mail is with it by then.
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);

/// A mail server that takes mails from us.
#[derive(Debug, Clone)]
pub struct SmtpRelay {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is kept private.
    pub encryption: Encryption,
    /// Who we are there, if it asks.
    pub login: Option<SmtpLogin>,
    /// Certificates of authorities that it is trusted by, instead of the public ones.
    pub authorities: Option<Certificate>,
}

/// How the way to a mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, and nothing without it.
    StartTls,
    /// Not at all. Only to a server on this machine.
    None,
}

/// Name and password at the mail server.
#[derive(Clone)]
pub struct SmtpLogin {
    /// The name.
    pub name: String,
    /// The password.
    pub password: SecretString,
}

/// The name is an e-mail address more often than not.
impl fmt::Debug for SmtpLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpLogin(…)")
    }
}

impl SmtpRelay {
    /// Sends one letter; how long that may take is the caller's to say.
    pub(super) async fn send(&self, letter: &RenderedMessage) -> Result<(), SendError> {
        let mut server = self.connect().await.map_err(|error| told(&error))?;
        if let Some(login) = &self.login {
            let credentials = Credentials::new(login.name.clone(), login.password.expose_secret().to_owned());
            server.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(|error| told(&error))?;
        }
        server.send(&letter.envelope, &letter.bytes).await.map_err(|error| told(&error))?;
        let _ = timeout(QUIT_TIMEOUT, server.quit()).await; // it has the mail, whatever it says now
        Ok(())
    }

    fn tls(&self) -> Result<TlsParameters, smtp::Error> {
        let builder = TlsParameters::builder(self.host.clone());
        match &self.authorities {
            None => builder.build(),
            Some(ours) => builder.certificate_store(CertificateStore::None).add_root_certificate(ours.clone()).build(),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, smtp::Error> {
        let (me, server) = (ClientId::default(), (self.host.as_str(), self.port));
        let tls = || self.tls();
        match self.encryption {
            Encryption::None => AsyncSmtpConnection::connect_tokio1(server, None, &me, None, None).await,
            Encryption::Implicit => AsyncSmtpConnection::connect_tokio1(server, None, &me, Some(tls()?), None).await,
            Encryption::StartTls => {
                let mut connection = AsyncSmtpConnection::connect_tokio1(server, None, &me, None, None).await?;
                connection.starttls(tls()?, &me).await?;
                Ok(connection)
            }
        }
    }
}

/// What may be told of an error: servers repeat addresses, and texts of others may hold anything.
fn told(error: &smtp::Error) -> SendError {
    if let Some(code) = error.status() {
        let code = u16::from(code);
        return if error.is_permanent() { SendError::Refused(code) } else { SendError::Deferred(code) };
    }
    if error.is_tls() || caused_by_tls(error) {
        return SendError::Unavailable("no encrypted connection to it, or not with a certificate that holds");
    }
    if error.is_client() {
        return SendError::Unavailable("it lacks what is needed: STARTTLS, a way to sign in or SMTPUTF8");
    }
    if error.is_response() {
        return SendError::Unavailable("its answers are not SMTP");
    }
    SendError::Unavailable("no connection to it, or a broken one")
}

fn caused_by_tls(error: &smtp::Error) -> bool {
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.any(|cause| {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>())
    })
}
