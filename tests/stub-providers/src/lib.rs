//! Stand-ins for social providers: Google, Yandex ID, VK ID, Mail and a plain OpenID Connect provider, on loopback.
//!
//! They answer as the real ones do, with all their oddities, check what they are sent, remember it, and lie, stall and
//! flood when told to. Every secret that they know or make contains [`CANARY`], so that a test can look for it where it
//! must not be. With [`Stub::authorize`] a test is the browser; a person finds a page at the authorization endpoint.

mod faults;
mod issuing;
mod keys;
mod kind;
mod mail_ru;
mod oidc;
mod page;
mod person;
mod request;
mod server;
mod state;
mod stub;
mod vk;
mod yandex;

pub use faults::{Fault, Lie};
pub use keys::Signing;
pub use kind::{Endpoint, Kind};
pub use person::Person;
pub use request::Call;
pub use stub::Stub;

/// Is part of every secret here.
pub const CANARY: &str = "canary-";
