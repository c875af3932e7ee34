//! Mails to users about their accounts: queued without waiting, rendered in the user's language, sent in the
//! background.
//!
//! Each module imports only those above it: `notification` (contents of a mail), `error`, `text` (what programs hand
//! in), `message` (RFC 5322), `folder` and `smtp` (destinations), `relay_url` (settings of a relay), `transport`,
//! `metrics`, `queue`, `worker` (retries).

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod error;
mod folder;
mod message;
mod metrics;
mod notification;
mod queue;
mod relay_url;
mod smtp;
mod text;
mod transport;
mod worker;

pub use error::SendError;
pub use folder::MailFolder;
pub use lettre::message::Mailbox;
pub use message::MailDefaults;
pub use notification::{Mail, Notification, Recipient};
pub use queue::{MailQueue, MailReceiver};
pub use relay_url::InvalidRelayUrl;
pub use smtp::{Authorities, Encryption, InvalidAuthorities, SmtpLogin, SmtpRelay};
pub use text::{MailText, MailTexts};
pub use transport::MailTransport;
pub use worker::{MailWorker, RetryPolicy};
