//! Where mails go: to a mail server, or into files.

use std::io;

use super::folder::MailFolder;
use super::message::{BodyEncoding, MailDefaults};
use super::notification::Mail;
use super::smtp::SmtpRelay;

/// Sends mails.
#[derive(Debug, Clone)]
pub enum MailTransport {
    /// To people.
    Smtp(SmtpRelay),
    /// Into a folder, where no mail server is known.
    Folder(MailFolder),
}

/// Why a mail did not go. Servers repeat addresses in what they say, so only their numbers are kept.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The address cannot stand in a mail.
    #[error("its address is none that mails can be sent to")]
    Address,
    /// The server refuses for good (SMTP 5yz).
    #[error("the mail server refuses it with {0}")]
    Refused(u16),
    /// The server refuses for now (SMTP 4yz).
    #[error("the mail server asks to come again with {0}")]
    Deferred(u16),
    /// No answer in time.
    #[error("the mail server does not answer in time")]
    Timeout,
    /// There is no way to talk to the server.
    #[error("the mail server cannot be used: {0}")]
    Unavailable(&'static str),
    /// The file could not be written.
    #[error("its file cannot be written")]
    File(#[from] io::Error),
}

impl SendError {
    /// Whether another try would end the same way.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Address | Self::Refused(_))
    }
}

impl MailTransport {
    /// Sends one mail, once.
    ///
    /// # Errors
    /// [`SendError`].
    pub(super) async fn send(&self, stationery: &MailDefaults, mail: &Mail) -> Result<(), SendError> {
        match self {
            Self::Smtp(relay) => relay.send(&stationery.letter(mail, BodyEncoding::Safe)?).await,
            Self::Folder(folder) => folder.write(stationery.letter(mail, BodyEncoding::Plain)?).await,
        }
    }
}
