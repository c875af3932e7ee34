//! Transactional outbox of mails: a mail is a row of `mails`, written in the transaction of the change it reports, and
//! sent by a worker until the mail server has accepted it.
//!
//! Each module imports only those above it: `metrics`, `budget` (pure rule: how many mails an address gets), `keys`
//! (sealing of contents, keyed hashes of addresses), `new_mail` (a mail to be enqueued), `storage` (SQL), `retry_policy`,
//! `worker`.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod budget;
mod keys;
mod metrics;
mod new_mail;
mod retry_policy;
mod storage;
mod worker;

pub use budget::Standing;
pub use new_mail::{MailDraft, NewMail, Outbox};
pub use retry_policy::RetryPolicy;
pub use storage::{ClaimedMail, Enqueued, MailRows, Migration, Outcome, enqueue};
pub use worker::MailWorker;
