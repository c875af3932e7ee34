//! Mails to users about their accounts: queued without waiting, rendered in the user's language, sent in the
//! background.

mod folder;
mod message;
mod notification;
mod queue;
mod smtp;
#[cfg(test)]
mod smtp_server;
mod texts;
mod transport;
mod worker;

pub use folder::MailFolder;
pub use message::MailDefaults;
pub use notification::{Mail, Notification};
pub use queue::{MailQueue, MailReceiver};
pub use smtp::{Encryption, SmtpLogin, SmtpRelay};
pub use transport::{MailTransport, SendError};
pub use worker::{MailWorker, RetryPolicy};
