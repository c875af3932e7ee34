//! OAuth clients (RFC 6749 §2): programs that get tokens at `/oauth2/token`.
//!
//! [`Client`] is one of them, [`ClientTable`] all of an installation: the built-in `marquee`, our own apps, and those of the
//! operator's file ([`read_clients`]). No SQL, no HTTP.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod client;
mod file;
mod table;

pub use client::{Client, ClientSecret, Grant};
pub use file::{ClientFileError, read_clients};
pub use table::{ClientError, ClientTable, PresentedClient};
