//! Transports of mails: a mail server, or files.

use crate::error::SendError;
use crate::folder::MailFolder;
use crate::message::{BodyEncoding, MailDefaults};
use crate::notification::Mail;
use crate::smtp::SmtpRelay;

/// Mail transport.
#[derive(Debug, Clone)]
pub enum MailTransport {
    /// SMTP relay.
    Smtp(SmtpRelay),
    /// Folder, when no mail server is configured.
    Folder(MailFolder),
}

impl MailTransport {
    /// Makes one attempt to send a mail.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, defaults: &MailDefaults, mail: &Mail) -> Result<(), SendError> {
        match self {
            Self::Smtp(relay) => relay.send(&defaults.render(mail, BodyEncoding::Safe)?).await,
            Self::Folder(folder) => folder.write(defaults.render(mail, BodyEncoding::Plain)?).await,
        }
    }
}
