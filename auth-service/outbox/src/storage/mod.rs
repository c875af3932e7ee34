//! Tables `mails` and `mail_days`: enqueuing in the transaction of a change, and claims of the worker.

mod enqueue;
mod entities;
mod kinds;
mod m20261130_000006_mails;
mod rows;

pub use enqueue::{Enqueued, enqueue};
pub use m20261130_000006_mails::Migration;
pub(crate) use rows::{Claim, ClaimFilter};
pub use rows::{ClaimedMail, MailRows, Outcome};
