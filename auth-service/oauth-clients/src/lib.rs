//! OAuth clients (RFC 6749 §2): programs that get tokens at `/oauth2/token`.
//!
//! [`Client`] is one of them, [`ClientTable`] all of an installation: the built-in `marquee`, our own apps; those of the
//! operator's file ([`read_clients`]); those that administrators define ([`ClientDefinition`]). [`Resources`] are what their
//! tokens are for (RFC 8707). No SQL, no HTTP.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod client;
mod definition;
mod file;
mod file_error;
mod grant;
mod names;
mod redirect_uri;
mod resource_file;
mod resources;
mod secret;
mod table;

pub use client::Client;
pub use definition::{ClientDefinition, ClientKind, InvalidClient, check_id};
pub use file::read_clients;
pub use file_error::FileError;
pub use grant::Grant;
pub use names::ClientNames;
pub use redirect_uri::{RedirectTarget, is_registered};
pub use resource_file::read_resources;
pub use resources::{InvalidTarget, Resources, UnknownResource};
pub use secret::{ClientSecret, NewSecret, NoRandom};
pub use table::{ClientError, ClientTable, PresentedClient};

/// Maximum number of clients of a file, and of an installation beside those.
pub const MAX_CLIENTS: usize = 1000;
