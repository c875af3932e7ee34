//! Transports of mails: a mail server, or files.

use uuid::Uuid;

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
    /// Makes one attempt to send the mail `id` with its text. The caller sets the timeout.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, defaults: &MailDefaults, id: Uuid, mail: &Mail, text: MailText) -> Result<(), SendError> {
        match self {
            Self::Smtp(relay) => relay.send(&defaults.render(id, mail, text, BodyEncoding::Safe)?).await,
            Self::Folder(folder) => folder.write(defaults.render(id, mail, text, BodyEncoding::Plain)?).await,
        }
    }
}
