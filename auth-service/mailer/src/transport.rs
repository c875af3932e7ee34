//! Transports of mails: a mail server, or files.

use crate::error::SendError;
use crate::folder::MailFolder;
use crate::message::{BodyEncoding, MailDefaults};
use crate::notification::Mail;
use crate::smtp::SmtpRelay;
use crate::text::MailText;

/// Mail transport.
#[derive(Debug, Clone)]
pub enum MailTransport {
    /// SMTP relay.
    Smtp(SmtpRelay),
    /// Folder, when no mail server is configured.
    Folder(MailFolder),
}

impl MailTransport {
    /// Makes one attempt to send a mail with its text.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, defaults: &MailDefaults, mail: &Mail, text: MailText) -> Result<(), SendError> {
        match self {
            Self::Smtp(relay) => relay.send(&defaults.render(mail, text, BodyEncoding::Safe)?).await,
            Self::Folder(folder) => folder.write(defaults.render(mail, text, BodyEncoding::Plain)?).await,
        }
    }
}
