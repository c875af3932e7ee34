//! Mails to people about their accounts: queued without waiting, written in their language, sent behind the requests.

mod delivery;
mod folder;
mod letter;
mod notice;
mod queue;
mod sender;
mod smtp;
#[cfg(test)]
mod smtp_server;
mod texts;

pub use delivery::{Delivery, Patience};
pub use folder::MailFolder;
pub use letter::Stationery;
pub use notice::{Mail, Notice};
pub use queue::{MailQueue, Mails};
pub use sender::{SendError, Sender};
pub use smtp::{Encryption, SmtpLogin, SmtpRelay};
