//! Mails to users about their accounts: contents, rendering (RFC 5322) and one attempt of delivery. They wait, and are
//! tried again, in the outbox.
//!
//! Each module imports only those above it: `proof` (codes and links), `notification` (contents of a mail), `error`,
//! `text` (what programs hand in), `message` (RFC 5322), `folder` and `smtp` (destinations), `relay_url` (settings of a
//! relay), `transport`.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod error;
mod folder;
mod message;
mod notification;
mod proof;
mod relay_url;
mod smtp;
mod text;
mod transport;

pub use error::SendError;
pub use folder::MailFolder;
pub use lettre::message::Mailbox;
pub use message::MailDefaults;
pub use notification::{Mail, Notification, OperatorAct, Recipient};
pub use proof::{AccountLink, MailCode};
pub use relay_url::InvalidRelayUrl;
pub use smtp::{Authorities, Encryption, InvalidAuthorities, SmtpLogin, SmtpRelay};
pub use text::{MailText, MailTexts};
pub use transport::MailTransport;
